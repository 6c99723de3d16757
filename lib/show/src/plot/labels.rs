//! Labels that do not lie on one another: each in turn takes the place around
//! its mark that covers least of what is already there (greedy, so simple and
//! always the same).

/// A rectangle on the canvas; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Box {
    /// The left edge.
    pub x: f64,
    /// The upper edge.
    pub y: f64,
    /// The width.
    pub w: f64,
    /// The height.
    pub h: f64,
}

impl Box {
    fn overlap(&self, other: &Box) -> f64 {
        let w = (self.x + self.w).min(other.x + other.w) - self.x.max(other.x);
        let h = (self.y + self.h).min(other.y + other.h) - self.y.max(other.y);
        w.max(0.0) * h.max(0.0)
    }
    fn holds(&self, (x, y): (f64, f64)) -> bool {
        x >= self.x && x <= self.x + self.w && y >= self.y && y <= self.y + self.h
    }
}

/// What is taken already.
pub struct Placer {
    /// Where labels may go.
    pub bounds: Box,
    /// Labels and marks: to be avoided at almost any price.
    pub taken: Vec<Box>,
    /// Points of lines: better avoided.
    pub lines: Vec<(f64, f64)>,
}

/// Where a label went; far from its mark it needs a line to it.
pub struct Placed {
    /// Its place.
    pub at: Box,
    /// Not beside its mark.
    pub far: bool,
}

impl Placer {
    /// Finds a place for a label of `w` by `h` near `mark`, and takes it.
    pub fn place(&mut self, mark: (f64, f64), w: f64, h: f64) -> Placed {
        let mut best: Option<(f64, Placed)> = None;
        for (ring, gap) in [10.0, 20.0, 33.0, 50.0, 74.0].into_iter().enumerate() {
            for (side, (dx, dy)) in SIDES.into_iter().enumerate() {
                let at = Box {
                    x: mark.0 + dx * gap - w * before(dx),
                    y: mark.1 + dy * gap - h * before(dy),
                    w,
                    h,
                };
                let cost = self.cost(&at) + 14.0 * ring as f64 + 1.5 * side as f64;
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, Placed { at, far: ring > 0 }));
                }
            }
        }
        let placed = best.map(|(_, placed)| placed).unwrap_or(Placed {
            at: Box {
                x: mark.0,
                y: mark.1,
                w,
                h,
            },
            far: false,
        });
        self.taken.push(placed.at);
        placed
    }

    fn cost(&self, at: &Box) -> f64 {
        let outside = at.w * at.h - at.overlap(&self.bounds);
        let covered: f64 = self.taken.iter().map(|b| b.overlap(at)).sum();
        let crossed = self.lines.iter().filter(|p| at.holds(**p)).count();
        100.0 * outside + 10.0 * covered + 2.5 * crossed as f64
    }
}

/// Right, left, above, below, then the corners.
const SIDES: [(f64, f64); 8] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (0.7, -0.7),
    (0.7, 0.7),
    (-0.7, -0.7),
    (-0.7, 0.7),
];

/// The share of a label that lies before its anchor when it goes this way.
fn before(direction: f64) -> f64 {
    match direction {
        d if d > 0.0 => 0.0,
        d if d < 0.0 => 1.0,
        _ => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_crowded_marks_do_not_overlap_and_stay_inside() {
        let bounds = Box {
            x: 0.0,
            y: 0.0,
            w: 600.0,
            h: 400.0,
        };
        let marks: Vec<(f64, f64)> = (0..9)
            .map(|i| (300.0 + 6.0 * (i % 3) as f64, 200.0 + 5.0 * (i / 3) as f64))
            .chain([(598.0, 2.0), (1.0, 399.0)])
            .collect();
        let around = |m: &(f64, f64)| Box {
            x: m.0 - 4.0,
            y: m.1 - 4.0,
            w: 8.0,
            h: 8.0,
        };
        let mut placer = Placer {
            bounds,
            taken: marks.iter().map(around).collect(),
            lines: Vec::new(),
        };
        let placed: Vec<Box> = marks
            .iter()
            .map(|m| placer.place(*m, 70.0, 14.0).at)
            .collect();
        for (i, a) in placed.iter().enumerate() {
            assert!((a.overlap(&bounds) - a.w * a.h).abs() < 1e-9);
            for b in &placed[..i] {
                assert_eq!(a.overlap(b), 0.0, "{a:?} {b:?}");
            }
        }
    }
}
