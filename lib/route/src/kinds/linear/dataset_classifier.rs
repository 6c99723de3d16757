//! Classifiers of the dataset that a query is like, and what makes fits of them on
//! most of the same rows fast: they start where the fit on all rows ended.

use ndarray::{Array2, ArrayView2};
use rb_learn::softmax::{self, Curvature, Softmax, TOLERANCE};

/// The L2 strengths of the classifier tried, the strongest first: each fit
/// starts from the one before.
pub const SOFTMAX: [f64; 2] = [1.0, 0.1];

/// Classifiers of all of train, one for each strength of [`SOFTMAX`], and the
/// curvature there: where fits on most of the same rows start.
pub(super) struct Guide {
    pub(super) classifiers: Vec<Softmax>,
    /// Empty where it would not pay.
    curvatures: Vec<Curvature>,
}

impl Guide {
    /// Fits on all rows.
    pub(super) fn of(x: &Array2<f32>, labels: &[usize], classes: usize) -> Guide {
        let mut guide = Guide {
            classifiers: Vec::new(),
            curvatures: Curvature::of(x.view(), labels, classes, &SOFTMAX),
        };
        let mut at = Softmax::flat(classes, x.ncols());
        for s in 0..SOFTMAX.len() {
            at = guide.fit(x.view(), labels, s, &at);
            guide.classifiers.push(at.clone());
        }
        guide
    }

    /// A fit at one strength of [`SOFTMAX`].
    pub(super) fn fit(
        &self,
        x: ArrayView2<f32>,
        labels: &[usize],
        s: usize,
        from: &Softmax,
    ) -> Softmax {
        let curvature = self.curvatures.get(s);
        // A start that knew the rows left out must not show in the end.
        softmax::fit_guided(x, labels, SOFTMAX[s], from, curvature, TOLERANCE / 4.0)
    }
}
