//! Classifiers of the dataset that a query is like, and what makes fits of them on
//! most of the same rows fast: they start where the fit on all rows ended.

use ndarray::{Array2, ArrayView2};
use rb_learn::softmax::{self, Curvature, Softmax, TOLERANCE};
use std::sync::Arc;

/// The L2 strengths of the classifier tried, the strongest first: each fit
/// starts from the one before.
pub const SOFTMAX: [f64; 2] = [1.0, 0.1];

/// Classifiers of all of train, one for each strength of [`SOFTMAX`], and the
/// curvature there: where fits on most of the same rows start.
#[derive(Clone)]
pub struct Guide {
    pub(super) classifiers: Vec<Softmax>,
    /// Empty where it would not pay.
    curvatures: Vec<Arc<Curvature>>,
}

impl Guide {
    /// Fits on all rows; from `start`, if that tells as many classes apart.
    pub(super) fn of(
        x: &Array2<f32>,
        labels: &[usize],
        classes: usize,
        start: Option<&Guide>,
    ) -> Guide {
        let start = start.filter(|g| g.classifiers[0].intercepts.len() == classes);
        let curvatures = match start {
            Some(start) => start.curvatures.clone(),
            None => {
                let all = Curvature::of(x.view(), labels, classes, &SOFTMAX);
                all.into_iter().map(Arc::new).collect()
            }
        };
        let mut guide = Guide {
            classifiers: Vec::new(),
            curvatures,
        };
        let mut at = Softmax::flat(classes, x.ncols());
        for s in 0..SOFTMAX.len() {
            let from = start.map_or(&at, |g| &g.classifiers[s]);
            at = guide.fit(x.view(), labels, s, from);
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
        let curvature = self.curvatures.get(s).map(|c| &**c);
        // A start that knew the rows left out must not show in the end.
        softmax::fit_guided(x, labels, SOFTMAX[s], from, curvature, TOLERANCE / 4.0)
    }
}
