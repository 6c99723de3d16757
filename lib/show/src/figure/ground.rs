//! A plane with two axes, their ticks and grid, for what is no plane of cost and
//! quality.

use crate::plot::axis::Axis;
use crate::plot::canvas::{number, Canvas};
use crate::plot::labels::Box;
use crate::plot::marks::SMALL;

/// The plane.
pub(crate) struct Ground {
    pub(crate) area: Box,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

impl Ground {
    /// The place of a point.
    pub(crate) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (
            self.area.x + self.x.at(x) * self.area.w,
            self.area.y + (1.0 - self.y.at(y)) * self.area.h,
        )
    }

    /// Axes with as many ticks as there is room for, and the grid.
    pub(crate) fn draw_fitting(&self, canvas: &mut Canvas) {
        let xs = self.x.ticks(((self.area.w / 62.0) as usize).clamp(3, 12));
        let ys = self.y.ticks(((self.area.h / 46.0) as usize).clamp(3, 9));
        self.draw(canvas, &xs, &ys);
    }

    /// Axes with ticks at these places, and the grid.
    pub(crate) fn draw(&self, canvas: &mut Canvas, xs: &[(f64, String)], ys: &[(f64, String)]) {
        let Box { x, y, w, h } = self.area;
        let grid = "stroke=\"#e6e6e6\" stroke-width=\"1\"";
        let line = "stroke=\"#000\" stroke-width=\"1\"";
        for (v, label) in ys {
            let height = self.at(0.0, *v).1;
            canvas.line((x, height), (x + w, height), grid);
            let end = "class=\"tick-y\" text-anchor=\"end\"";
            canvas.text((x - 8.0, height + 4.0), SMALL, end, label);
        }
        for (v, label) in xs {
            let place = self.at(*v, 0.0).0;
            canvas.line((place, y), (place, y + h), grid);
            canvas.line((place, y + h), (place, y + h + 5.0), line);
            let middle = "class=\"tick-x\" text-anchor=\"middle\"";
            canvas.text((place, y + h + 19.0), SMALL, middle, label);
        }
        canvas.line((x, y), (x, y + h), line);
        canvas.line((x, y + h), (x + w, y + h), line);
    }
}

/// The titles of both axes about an area.
pub(crate) fn titles(canvas: &mut Canvas, area: Box, x: &str, y: &str) {
    let below = (area.x + area.w / 2.0, area.y + area.h + 42.0);
    canvas.text(below, 13.0, "text-anchor=\"middle\"", x);
    let middle = area.y + area.h / 2.0;
    let turn = number(middle);
    let turned = format!("text-anchor=\"middle\" transform=\"rotate(-90 16 {turn})\"");
    canvas.text((16.0, middle), 13.0, &turned, y);
}
