//! A linear head on frozen vectors: z = W·x·√d + b, read as classes (softmax) or
//! as a probability an output (σ). √d makes the numbers of a unit vector as large
//! as those of a layer-normed state, for which the published rates are meant.

use crate::encoder::model::Encoder;
use crate::encoder::tuning::{self, Top, Watch};
use crate::loss;
use crate::tape::{self, Shapes};
use crate::training::{self, Plan, Rows};
use candle_core::{Result, Tensor};
use ndarray::{Array2, ArrayView2, Axis};
use rb_learn::neural::layer;

/// How outputs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Shares that sum to one.
    Softmax,
    /// A probability each.
    Sigmoid,
}

/// The sizes of a head.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// d.
    pub inputs: usize,
    /// Classes, or models.
    pub outputs: usize,
    /// How they are read.
    pub link: Link,
}

impl Head {
    /// W (outputs×inputs) and b (1×outputs).
    pub fn shapes(&self) -> Shapes {
        vec![(self.outputs, self.inputs), (1, self.outputs)]
    }

    /// The loss of rows x (n×d) with labels y (n×outputs): cross-entropy.
    fn loss(&self, p: &[Tensor], x: &Tensor, y: &Tensor) -> Result<Tensor> {
        let z = x.matmul(&p[0].t()?)?.broadcast_add(&p[1])?;
        match self.link {
            Link::Softmax => loss::classes(&z, y),
            Link::Sigmoid => loss::binary(&z, y, &y.ones_like()?),
        }
    }

    /// Trains on unit rows x (n×d) with labels y (n×outputs, 0..1; shares where the
    /// outputs are classes); from zero, since the loss has one minimum.
    pub fn fit(&self, x: &Array2<f32>, y: &Array2<f32>, rows: &Rows, plan: Plan) -> Vec<f32> {
        let shapes = self.shapes();
        let x = x * (self.inputs as f32).sqrt();
        let of = |p: &[Tensor], rows: &[usize]| {
            let (x, y) = (x.select(Axis(0), rows), y.select(Axis(0), rows));
            self.loss(p, &tape::constant(&x), &tape::constant(&y))
        };
        let start = vec![0.0; tape::count(&shapes)];
        training::run(&shapes, start, plan, rows, |p, rows, _| of(p, rows), of)
    }

    /// Tunes the encoder with the head on it, which starts at `start`, on texts with
    /// labels y (n×outputs); returns the head's parameters.
    pub fn tune(
        &self,
        (encoder, start): (&mut Encoder, Vec<f32>),
        texts: &[String],
        y: &Array2<f32>,
        rows: &Rows,
        plan: tuning::Plan,
        watch: &dyn Watch,
    ) -> std::result::Result<Vec<f32>, String> {
        self.top(start, y, |top| {
            tuning::run(encoder, texts, top, rows, plan, watch)
        })
    }

    /// What stands on an encoder that is tuned, given to `run`.
    pub(crate) fn top<T>(
        &self,
        start: Vec<f32>,
        y: &Array2<f32>,
        run: impl FnOnce(&Top) -> T,
    ) -> T {
        let scale = (self.inputs as f64).sqrt();
        let of = |p: &[Tensor], x: &Tensor, rows: &[usize]| {
            let y = tape::constant(&y.select(Axis(0), rows));
            self.loss(p, &(x * scale)?, &y)
        };
        run(&Top {
            shapes: self.shapes(),
            start,
            loss: &|p, x, rows, _| of(p, x, rows),
            error: &of,
        })
    }

    /// Probabilities (n×outputs) of unit rows x (n×d).
    pub fn predict(&self, at: &[f32], x: ArrayView2<f32>) -> Array2<f64> {
        let parts = tape::parts(&self.shapes(), at);
        let bias = parts[1].row(0).to_vec();
        let x = x.to_owned() * (self.inputs as f32).sqrt();
        let z = layer::forward(x.view(), parts[0], &bias).mapv(f64::from);
        match self.link {
            Link::Sigmoid => z.mapv(|z| 1.0 / (1.0 + (-z).exp())),
            Link::Softmax => shares(z),
        }
    }
}

/// The softmax of each row.
fn shares(mut z: Array2<f64>) -> Array2<f64> {
    for mut row in z.rows_mut() {
        let most = row.iter().copied().fold(f64::MIN, f64::max);
        row.mapv_inplace(|z| (z - most).exp());
        let sum = row.sum();
        row.mapv_inplace(|e| e / sum);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures;
    use crate::tape::Tape;
    use ndarray::array;
    use rb_learn::optimise::adam::check_gradient;

    const AT: [f32; 9] = [0.3, -0.2, 0.1, 0.5, -0.4, 0.2, 0.1, -0.1, 0.05];

    #[test]
    fn gradients_agree_with_differences_and_values_with_the_prediction() {
        let x = array![[0.6f32, 0.8], [1.0, 0.0], [-0.8, 0.6]];
        let scaled = &x * 2f32.sqrt();
        let y = array![[0.2f32, 0.3, 0.5], [1.0, 0.0, 0.0], [0.0, 0.4, 0.6]];
        for link in [Link::Softmax, Link::Sigmoid] {
            let head = Head {
                inputs: 2,
                outputs: 3,
                link,
            };
            let tape = Tape::of(&head.shapes());
            let (x_t, y_t) = (tape::constant(&scaled), tape::constant(&y));
            check_gradient(&AT, |at| tape.gradient(at, |p| head.loss(p, &x_t, &y_t)));
            let p = head.predict(&AT, x.view());
            let by_hand: f64 = ndarray::Zip::from(&p).and(&y).fold(0.0, |sum, &p, &y| {
                let y = f64::from(y);
                sum - y * p.ln()
                    - match link {
                        Link::Softmax => 0.0,
                        Link::Sigmoid => (1.0 - y) * (1.0 - p).ln(),
                    }
            });
            let parts = match link {
                Link::Softmax => 3.0,
                Link::Sigmoid => 9.0,
            };
            let loss = tape.value(&AT, |p| head.loss(p, &x_t, &y_t));
            assert!(
                (loss - by_hand / parts).abs() < 1e-5,
                "{loss} {}",
                by_hand / parts
            );
        }
    }

    #[test]
    fn both_links_give_the_figures_of_numpy() {
        let softmax = [
            [0.621868, 0.229794, 0.148338],
            [0.406445, 0.279371, 0.314184],
        ];
        let sigmoid = [
            [0.593668, 0.350602, 0.258442],
            [0.502332, 0.40961, 0.438282],
        ];
        for (link, wanted) in [(Link::Softmax, softmax), (Link::Sigmoid, sigmoid)] {
            let head = Head {
                inputs: figures::D,
                outputs: figures::K,
                link,
            };
            let weights = figures::weights(&head.shapes());
            figures::compare(&head.predict(&weights, figures::unit_rows().view()), wanted);
        }
    }
}
