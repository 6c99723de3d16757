//! What a model's own answer tells about itself.

/// What one answer tells about itself, where known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Signal {
    /// 0..1.
    pub confidence: Option<f64>,
    /// Any real.
    pub reward: Option<f64>,
    /// Completion tokens.
    pub length: Option<f64>,
}
