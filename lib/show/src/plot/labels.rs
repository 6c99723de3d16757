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
    /// The labels so far: the line from another label to its mark keeps off them.
    pub labels: Vec<Box>,
}

/// Where a label went; far from its mark it needs a line to it.
pub struct Placed {
    /// Its place.
    pub at: Box,
    /// Not beside its mark.
    pub far: bool,
}

impl Placed {
    /// Points of the line from `mark` to the label; none where it needs none.
    pub fn line(&self, mark: (f64, f64)) -> Vec<(f64, f64)> {
        if !self.far {
            return Vec::new();
        }
        let b = self.at;
        let near = (
            mark.0.clamp(b.x, b.x + b.w),
            mark.1.clamp(b.y + 2.0, b.y + b.h - 2.0),
        );
        let steps = 1 + ((near.0 - mark.0).hypot(near.1 - mark.1) / 5.0) as usize;
        let at = |i: usize| {
            let t = i as f64 / steps as f64;
            (
                mark.0 + t * (near.0 - mark.0),
                mark.1 + t * (near.1 - mark.1),
            )
        };
        (0..=steps).map(at).collect()
    }
}

impl Placer {
    /// Finds a place for a label of `w` by `h` near `mark`, and takes it.
    pub fn place(&mut self, mark: (f64, f64), w: f64, h: f64) -> Placed {
        let (_, placed) = self.best(mark, w, h, &GAPS);
        self.taken.push(placed.at);
        self.labels.push(placed.at);
        placed
    }

    /// The same at the best of `marks`, as near as the first `rings` of places; none
    /// where it would cover what is taken or leave the bounds.
    pub fn fit(
        &mut self,
        marks: &[(f64, f64)],
        w: f64,
        h: f64,
        rings: usize,
    ) -> Option<((f64, f64), Placed)> {
        let rings = &GAPS[..rings.min(GAPS.len())];
        let near = |mark: &(f64, f64)| {
            let (cost, placed) = self.best(*mark, w, h, rings);
            let free = self.is_free(&placed.at) && self.crossed(*mark, &placed) == 0;
            free.then_some((cost, *mark, placed))
        };
        let all = marks.iter().filter_map(near);
        let (_, mark, placed) = all.min_by(|a, b| a.0.total_cmp(&b.0))?;
        self.taken.push(placed.at);
        self.labels.push(placed.at);
        Some((mark, placed))
    }

    /// How many labels the line from `mark` to its label would cross.
    fn crossed(&self, mark: (f64, f64), placed: &Placed) -> usize {
        let line = placed.line(mark);
        let on = |b: &&Box| line.iter().any(|p| b.holds(*p));
        self.labels.iter().filter(on).count()
    }

    fn is_free(&self, at: &Box) -> bool {
        let inside = at.overlap(&self.bounds) >= at.w * at.h - 1e-6;
        inside && self.taken.iter().all(|b| b.overlap(at) <= 0.0)
    }

    /// The best place, and what is against it.
    fn best(&self, mark: (f64, f64), w: f64, h: f64, gaps: &[f64]) -> (f64, Placed) {
        let mut best: Option<(f64, Placed)> = None;
        for (ring, gap) in gaps.iter().enumerate() {
            for (side, (dx, dy)) in SIDES.into_iter().enumerate() {
                let at = Box {
                    x: mark.0 + dx * gap - w * before(dx),
                    y: mark.1 + dy * gap - h * before(dy),
                    w,
                    h,
                };
                let placed = Placed { at, far: ring > 0 };
                let crossed = 200.0 * self.crossed(mark, &placed) as f64;
                let cost = self.cost(&at) + crossed + 14.0 * ring as f64 + 1.5 * side as f64;
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, placed));
                }
            }
        }
        best.unwrap_or((
            f64::INFINITY,
            Placed {
                at: Box {
                    x: mark.0,
                    y: mark.1,
                    w,
                    h,
                },
                far: false,
            },
        ))
    }

    fn cost(&self, at: &Box) -> f64 {
        let outside = at.w * at.h - at.overlap(&self.bounds);
        let covered: f64 = self.taken.iter().map(|b| b.overlap(at)).sum();
        let crossed = self.lines.iter().filter(|p| at.holds(**p)).count();
        100.0 * outside + 10.0 * covered + 2.5 * crossed as f64
    }
}

/// How far from its mark a label may stand, nearest first.
const GAPS: [f64; 5] = [10.0, 20.0, 33.0, 50.0, 74.0];

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
            labels: Vec::new(),
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
