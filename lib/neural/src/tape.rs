//! One flat vector of f32 parameters as tensors on a tape: a loss written in
//! tensors, and its gradient as a flat vector again, which is what the trainer
//! of rb-learn moves by.

use crate::threads;
use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var};
use ndarray::{Array2, ArrayView2};
use rb_learn::neural::layer;

/// Rows and columns of each matrix of parameters, in the order in which they stand
/// in the flat vector.
pub type Shapes = Vec<(usize, usize)>;

/// Shapes disagree or there is no memory: a mistake of ours, not of the input.
pub(crate) const AGREE: &str = "the tensors of a network agree";

/// How many numbers the matrices have together.
pub fn count(shapes: &[(usize, usize)]) -> usize {
    shapes.iter().map(|(rows, columns)| rows * columns).sum()
}

/// The matrices in a flat vector of [`count`] numbers.
pub fn parts<'a>(shapes: &[(usize, usize)], at: &'a [f32]) -> Vec<ArrayView2<'a, f32>> {
    let mut rest = at;
    shapes
        .iter()
        .map(|&(rows, columns)| layer::take(&mut rest, rows, columns))
        .collect()
}

/// A matrix as a tensor that has no gradient.
pub fn constant(a: &Array2<f32>) -> Tensor {
    threads::keep_whole();
    Tensor::from_iter(a.iter().copied(), &Device::Cpu)
        .and_then(|t| t.reshape(a.dim()))
        .expect(AGREE)
}

/// The parameters of a network as variables.
pub struct Tape {
    variables: Vec<Var>,
}

impl Tape {
    /// For matrices of these shapes.
    pub fn of(shapes: &[(usize, usize)]) -> Tape {
        threads::keep_whole();
        let zeros =
            |&shape: &(usize, usize)| Var::zeros(shape, candle_core::DType::F32, &Device::Cpu);
        Tape {
            variables: shapes.iter().map(|s| zeros(s).expect(AGREE)).collect(),
        }
    }

    /// The matrices as they are at `at`.
    pub(crate) fn move_to(&self, at: &[f32]) -> Result<Vec<Tensor>> {
        let mut rest = at;
        for variable in &self.variables {
            let (part, left) = rest.split_at(variable.elem_count());
            rest = left;
            variable.set(&Tensor::from_slice(part, variable.shape(), &Device::Cpu)?)?;
        }
        Ok(self
            .variables
            .iter()
            .map(|v| v.as_tensor().clone())
            .collect())
    }

    /// A loss (one number) of the parameters `at`, written in the tensors of the
    /// matrices, and its gradient.
    pub fn gradient(
        &self,
        at: &[f32],
        loss: impl FnOnce(&[Tensor]) -> Result<Tensor>,
    ) -> (f64, Vec<f32>) {
        let all = || -> Result<(f64, Vec<f32>)> {
            let loss = loss(&self.move_to(at)?)?;
            let flat = self.flat(&loss.backward()?)?;
            Ok((f64::from(loss.to_scalar::<f32>()?), flat))
        };
        all().expect(AGREE)
    }

    /// The gradients of the matrices as a flat vector.
    pub(crate) fn flat(&self, gradients: &GradStore) -> Result<Vec<f32>> {
        let mut flat = Vec::new();
        for variable in &self.variables {
            match gradients.get(variable) {
                Some(g) => flat.extend(g.flatten_all()?.to_vec1::<f32>()?),
                None => flat.resize(flat.len() + variable.elem_count(), 0.0),
            }
        }
        Ok(flat)
    }

    /// Tensors made of the parameters `at`, one after another as a flat vector.
    pub fn read(
        &self,
        at: &[f32],
        make: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
    ) -> Vec<f32> {
        let all = || -> Result<Vec<f32>> {
            let mut flat = Vec::new();
            for tensor in make(&self.move_to(at)?)? {
                flat.extend(tensor.flatten_all()?.to_vec1::<f32>()?);
            }
            Ok(flat)
        };
        all().expect(AGREE)
    }

    /// A loss of the parameters `at`, without its gradient.
    pub fn value(&self, at: &[f32], loss: impl FnOnce(&[Tensor]) -> Result<Tensor>) -> f64 {
        self.move_to(at)
            .and_then(|tensors| loss(&tensors)?.to_scalar::<f32>())
            .map(f64::from)
            .expect(AGREE)
    }
}
