//! Losses that more than one network has, made of operations whose gradients the
//! tape knows.

use candle_core::{Result, Tensor, D};

/// Σ w·[ln(1 + e^z) − y·z] / Σ w over all numbers of `z`: the cross-entropy of
/// σ(z) against labels y in 0..1, weighted (0: left out).
pub(crate) fn binary(z: &Tensor, y: &Tensor, weight: &Tensor) -> Result<Tensor> {
    // Without overflow: ln(1 + e^z) = max(z, 0) + ln(1 + e^−|z|).
    let softplus = (z.relu()? + (z.abs()?.neg()?.exp()? + 1.0)?.log()?)?;
    let each = ((softplus - (z * y)?)? * weight)?;
    each.sum_all()?.div(&(weight.sum_all()? + 1e-12)?)
}

/// −mean over rows of Σ_c y_c·ln softmax(z)_c, for label shares y of each row.
pub(crate) fn classes(z: &Tensor, y: &Tensor) -> Result<Tensor> {
    let log = candle_nn::ops::log_softmax(z, D::Minus1)?;
    (log * y)?.sum(D::Minus1)?.mean_all()?.neg()
}

/// Mean over rows i of Σ_m P_im·[ln(e^{s_im} + Σ_n N_in·e^{s_in}) − s_im]: each
/// positive (weight P) against all negatives (N) of its row.
pub(crate) fn contrast(s: &Tensor, positive: &Tensor, negative: &Tensor) -> Result<Tensor> {
    let e = s.exp()?;
    let below = (&e * negative)?.sum_keepdim(D::Minus1)?;
    let each = ((e.broadcast_add(&below)?.log()? - s)? * positive)?;
    each.sum(D::Minus1)?.mean_all()
}

/// Each row divided by its length.
pub(crate) fn unit_rows(x: &Tensor) -> Result<Tensor> {
    let length = (x.sqr()?.sum_keepdim(D::Minus1)? + 1e-12)?.sqrt()?;
    x.broadcast_div(&length)
}
