//! How far a point is from a polyline, on axes scaled to 0..1.

use rb_record::hull::Point;

/// Min–max scaling of both axes.
pub(crate) struct Scale {
    low: Point,
    high: Point,
}

impl Scale {
    /// Over the points; without any it scales everything to 0.
    pub(crate) fn over(points: impl Iterator<Item = Point>) -> Scale {
        let none = Point {
            cost: f64::INFINITY,
            quality: f64::INFINITY,
        };
        let (mut low, mut high) = (none, none);
        (high.cost, high.quality) = (-none.cost, -none.quality);
        for p in points {
            low.cost = low.cost.min(p.cost);
            low.quality = low.quality.min(p.quality);
            high.cost = high.cost.max(p.cost);
            high.quality = high.quality.max(p.quality);
        }
        Scale { low, high }
    }

    /// Both coordinates as shares of their ranges; 0 where all are equal.
    pub(crate) fn apply(&self, p: Point) -> (f64, f64) {
        let share = |v: f64, low: f64, high: f64| {
            if high > low {
                (v - low) / (high - low)
            } else {
                0.0
            }
        };
        (
            share(p.cost, self.low.cost, self.high.cost),
            share(p.quality, self.low.quality, self.high.quality),
        )
    }
}

/// From `p` to the nearest point of `line`, which goes on flat to the right.
pub(crate) fn distance(p: (f64, f64), line: &[(f64, f64)]) -> f64 {
    let to = |x: f64, y: f64| (p.0 - x).hypot(p.1 - y);
    let Some(&(x, y)) = line.last() else {
        return 0.0;
    };
    let flat = to(p.0.max(x), y);
    line.windows(2).fold(flat, |least, w| {
        let (a, b) = (w[0], w[1]);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let along = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy);
        let along = along.clamp(0.0, 1.0);
        least.min(to(a.0 + along * dx, a.1 + along * dy))
    })
}
