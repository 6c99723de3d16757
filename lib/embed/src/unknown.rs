//! What an embedder says of texts that it hardly knows.

/// A transformer that knows many languages and takes texts as they are.
pub const MULTILINGUAL: &str = "paraphrase-multilingual-MiniLM-L12-v2";

/// One text in so many is worth a word.
const ONE_IN: usize = 10;

/// Texts, and those among them of which most tokens are unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unknown {
    /// All texts.
    pub texts: usize,
    /// Those of them.
    pub mostly: usize,
}

impl Unknown {
    /// A sentence on what that means and what to do, where it concerns a tenth
    /// of the texts or more. `embedder` is its name.
    pub fn notice(&self, embedder: &str) -> Option<String> {
        let told = self.mostly > 0 && self.mostly >= self.texts.div_ceil(ONE_IN);
        told.then(|| {
            format!(
                "{} of {} prompts are mostly words that {embedder}, which learned English, does not know; \
                 their vectors tell like spelling, not like meaning. For meaning in 50 languages: \
                 `make minilm` once, then --model {MULTILINGUAL}, which is downloaded once",
                self.mostly, self.texts
            )
        })
    }
}

#[cfg(all(test, feature = "transformers"))]
mod tests {
    use super::*;
    use crate::transformer::onnx;

    #[test]
    fn one_text_in_ten_is_worth_a_word_and_fewer_are_not() {
        let said = |mostly, texts| Unknown { texts, mostly }.notice("e");
        assert_eq!(said(0, 0), None);
        assert_eq!(said(0, 5), None);
        assert_eq!(said(9, 100), None);
        assert_eq!(said(1, 11), None);
        assert!(said(1, 10).unwrap().starts_with("1 of 10 prompts"));
        assert!(said(5, 5).unwrap().contains(MULTILINGUAL));
    }

    #[test]
    fn the_model_named_is_one_that_can_be_asked_for() {
        assert!(onnx::names().iter().any(|name| name == MULTILINGUAL));
    }
}
