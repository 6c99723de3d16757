//! Pictures of panels: for the terminal and as SVG.

pub mod axis;
pub mod canvas;
pub mod dots;
pub mod labels;
pub mod legend;
pub mod marks;
pub mod scene;
pub mod svg;
pub mod term;
