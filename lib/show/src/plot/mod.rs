//! What pictures of panels are made of: planes, marks, labels, elements of SVG; and
//! the picture for the terminal.

pub mod axis;
pub mod canvas;
pub mod dots;
pub mod labels;
pub mod legend;
pub mod marks;
pub mod scene;
pub mod term;
