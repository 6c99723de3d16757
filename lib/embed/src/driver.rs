//! Runs an embedder over windows of texts, with the cache in between.
//!
//! Equal texts of a window are embedded once; what the cache holds is not
//! computed again; what is computed is stored part by part, so that an
//! interrupted run keeps its work. Texts go to the embedder from short to long
//! (byte length, then bytes), whatever their order in the window, so that its
//! batches hold texts of like length. Memory is that of the window: a caller
//! that streams passes [`WINDOW`] texts at a time. Across windows only the
//! cache knows what was embedded before.

use std::collections::HashMap;

use crate::cache::Cache;
use crate::embedder::{EmbedError, Embedder};

/// A good number of texts for one call: wide enough to sort by length, and 6 MB
/// of vectors at 384 numbers.
pub const WINDOW: usize = 4096;
/// So many texts are embedded and stored at a time.
const PART: usize = 256;

/// An embedder and, where it wants one, a cache.
pub struct Driver {
    embedder: Box<dyn Embedder>,
    /// None: no cache was given, or the embedder needs none.
    cache: Option<(String, Cache)>,
    dim: Option<usize>,
    counts: Counts,
}

/// Where the vectors came from; the three add up to the texts given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Computed now.
    pub computed: usize,
    /// Found in the cache.
    pub cached: usize,
    /// Equal to another text of the same window.
    pub repeated: usize,
}

impl Driver {
    /// An embedder without a cache.
    pub fn new(embedder: Box<dyn Embedder>) -> Driver {
        Driver {
            dim: embedder.dim(),
            embedder,
            cache: None,
            counts: Counts::default(),
        }
    }

    /// Whether a cache would save work. Callers need not open one otherwise.
    pub fn wants_cache(&self) -> bool {
        self.embedder.cache_identity().is_some()
    }

    /// Puts a cache in front of the embedder, if it wants one.
    pub fn with_cache(mut self, cache: Cache) -> Driver {
        self.cache = self
            .embedder
            .cache_identity()
            .map(|identity| (identity, cache));
        self
    }

    /// Goes into the record as `embedding.model`.
    pub fn name(&self) -> &str {
        self.embedder.name()
    }

    /// Length of the vectors; None before an API's first answer.
    pub fn dim(&self) -> Option<usize> {
        self.dim
    }

    /// What to tell a user whose texts the embedder hardly knew, over all calls
    /// so far.
    pub fn notice(&self) -> Option<String> {
        self.embedder.unknown()?.notice(self.name())
    }

    /// Over all calls so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// One unit vector a text, in the order of `texts`. `progress` is told how
    /// many texts each step has finished; the numbers add up to `texts.len()`.
    pub fn embed_all(
        &mut self,
        texts: &[&str],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, EmbedError> {
        if !self.wants_cache() {
            // Cheaper than telling equal texts apart.
            let vectors = self.compute(texts)?;
            progress(texts.len());
            return Ok(vectors);
        }
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, text) in texts.iter().enumerate() {
            places.entry(text).or_default().push(place);
        }
        let mut distinct: Vec<&str> = places.keys().copied().collect();
        distinct.sort_unstable_by_key(|text| (text.len(), *text));
        self.counts.repeated += texts.len() - distinct.len();

        let mut vectors = vec![Vec::new(); texts.len()];
        let mut fill = |text: &str, vector: Vec<f32>| {
            for &place in &places[text] {
                vectors[place].clone_from(&vector);
            }
            progress(places[text].len());
        };
        let mut missing = Vec::new();
        for part in distinct.chunks(PART) {
            for (&text, vector) in part.iter().zip(self.look_up(part)?) {
                match vector {
                    Some(vector) => fill(text, vector),
                    None => missing.push(text),
                }
            }
        }
        for part in missing.chunks(PART) {
            let computed = self.compute(part)?;
            if let Some((identity, cache)) = &mut self.cache {
                cache.put(identity, part, &computed)?;
            }
            for (text, vector) in part.iter().zip(computed) {
                fill(text, vector);
            }
        }
        Ok(vectors)
    }

    fn look_up(&mut self, texts: &[&str]) -> Result<Vec<Option<Vec<f32>>>, EmbedError> {
        let Some((identity, cache)) = &self.cache else {
            return Ok(vec![None; texts.len()]);
        };
        let mut found = cache.get(identity, texts)?;
        // A vector of another length is from a model that changed behind its name.
        for vector in &mut found {
            if let Some(got) = vector {
                if *self.dim.get_or_insert(got.len()) != got.len() {
                    *vector = None;
                }
            }
        }
        self.counts.cached += found.iter().flatten().count();
        Ok(found)
    }

    /// Holds every embedder to its promise: one vector a text, all of one length.
    fn compute(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let vectors = self.embedder.embed(texts)?;
        if vectors.len() != texts.len() {
            return Err(EmbedError::Failed(format!(
                "{} gave {} vectors for {} texts",
                self.embedder.name(),
                vectors.len(),
                texts.len()
            )));
        }
        for vector in &vectors {
            let dim = *self.dim.get_or_insert(vector.len());
            if vector.len() != dim {
                return Err(EmbedError::Failed(format!(
                    "{} gave a vector of {} numbers where earlier ones (perhaps from the cache) have {dim}",
                    self.embedder.name(),
                    vector.len()
                )));
            }
        }
        self.counts.computed += texts.len();
        Ok(vectors)
    }
}

#[cfg(all(test, feature = "cache"))]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Vector: the text's length and a one. Remembers what it was asked.
    struct Lengths {
        asked: Arc<Mutex<Vec<String>>>,
        dim: usize,
        lose: usize,
    }

    impl Embedder for Lengths {
        fn name(&self) -> &str {
            "lengths"
        }
        fn dim(&self) -> Option<usize> {
            None
        }
        fn cache_identity(&self) -> Option<String> {
            Some("lengths".into())
        }
        fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
            self.asked
                .lock()
                .unwrap()
                .extend(texts.iter().map(|t| t.to_string()));
            let vector = |t: &&str| [vec![t.len() as f32], vec![1.0; self.dim - 1]].concat();
            Ok(texts.iter().skip(self.lose).map(vector).collect())
        }
    }

    fn lengths(dim: usize) -> (Driver, Arc<Mutex<Vec<String>>>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let embedder = Lengths {
            asked: asked.clone(),
            dim,
            lose: 0,
        };
        (Driver::new(Box::new(embedder)), asked)
    }

    #[test]
    fn equal_texts_are_embedded_once_and_the_order_is_kept() {
        let (mut driver, asked) = lengths(2);
        let mut done = 0;
        let vectors = driver
            .embed_all(&["ccc", "a", "ccc", "bb", "a"], &mut |n| done += n)
            .unwrap();
        let first: Vec<f32> = vectors.iter().map(|v| v[0]).collect();
        assert_eq!(first, [3.0, 1.0, 3.0, 2.0, 1.0]);
        assert_eq!(*asked.lock().unwrap(), ["a", "bb", "ccc"]);
        assert_eq!((done, driver.dim()), (5, Some(2)));
        assert_eq!(
            driver.counts(),
            Counts {
                computed: 3,
                cached: 0,
                repeated: 2
            }
        );
        assert!(driver.embed_all(&[], &mut |_| ()).unwrap().is_empty());
    }

    #[test]
    fn a_second_run_asks_the_embedder_only_for_what_is_new() {
        let folder = tempfile::tempdir().unwrap();
        let cache = || Cache::open(&folder.path().join("c.sqlite")).unwrap();
        let texts: Vec<String> = (0..600).map(|i| format!("text {i}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (driver, _) = lengths(3);
        let before = driver
            .with_cache(cache())
            .embed_all(&texts[..599], &mut |_| ())
            .unwrap();
        let (driver, asked) = lengths(3);
        let mut driver = driver.with_cache(cache());
        let after = driver.embed_all(&texts, &mut |_| ()).unwrap();
        assert_eq!(after[..599], before);
        assert_eq!(*asked.lock().unwrap(), ["text 599"]);
        assert_eq!(
            driver.counts(),
            Counts {
                computed: 1,
                cached: 599,
                repeated: 0
            }
        );
    }

    #[test]
    fn an_embedder_that_loses_a_text_or_changes_its_length_is_an_error() {
        let asked = Arc::default();
        let mut driver = Driver::new(Box::new(Lengths {
            asked,
            dim: 2,
            lose: 1,
        }));
        let error = driver
            .embed_all(&["a", "b"], &mut |_| ())
            .unwrap_err()
            .to_string();
        assert!(error.contains("1 vectors for 2 texts"), "{error}");

        let folder = tempfile::tempdir().unwrap();
        let cache = || Cache::open(&folder.path().join("c.sqlite")).unwrap();
        lengths(2)
            .0
            .with_cache(cache())
            .embed_all(&["a"], &mut |_| ())
            .unwrap();
        let mut changed = lengths(3).0.with_cache(cache());
        let error = changed
            .embed_all(&["a", "b"], &mut |_| ())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("3 numbers") && error.contains("cache"),
            "{error}"
        );
    }
}
