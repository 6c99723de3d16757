//! What a model's own answer tells about itself, and which answers are the same.

use crate::hash;

/// What one answer tells about itself, where known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Signal {
    /// 0..1.
    pub confidence: Option<f64>,
    /// Any real.
    pub reward: Option<f64>,
    /// Completion tokens.
    pub length: Option<f64>,
    /// [`answer_code`] of the answer.
    pub answer: Option<f64>,
}

/// The number of an answer's text, a whole one below 2⁵³: the same for the same
/// texts, and for two others with a chance of 2⁻⁵³. None: there is no text.
pub fn answer_code(text: &str) -> Option<f64> {
    (!text.is_empty()).then(|| (hash::text(0, "answer", text) >> 11) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_the_same_if_their_texts_are() {
        assert_eq!(answer_code("B"), answer_code("B"));
        assert_ne!(answer_code("B"), answer_code("b"));
        assert_ne!(answer_code("1"), answer_code("1.0"));
        assert_eq!(answer_code(""), None);
        let code = answer_code("x").unwrap();
        assert!(code.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&code));
    }
}
