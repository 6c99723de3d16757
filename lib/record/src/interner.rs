//! Names numbered as they come, and their places in the order of the names.

use std::collections::HashMap;
use std::sync::Arc;

/// Files numbered as they come.
#[derive(Debug, Default)]
pub struct Sources {
    /// By number.
    pub names: Vec<Arc<str>>,
    number: HashMap<Arc<str>, u32>,
    /// Asked for last.
    last: u32,
}

impl Sources {
    /// The file's number; a new one gets the next.
    pub fn number(&mut self, name: &Arc<str>) -> u32 {
        // A file's lines mostly come together.
        let last = self.names.get(self.last as usize);
        if last.is_some_and(|last| Arc::ptr_eq(last, name)) {
            return self.last;
        }
        self.last = match self.number.get(name) {
            Some(number) => *number,
            None => {
                let number = self.names.len() as u32;
                self.names.push(name.clone());
                self.number.insert(name.clone(), number);
                number
            }
        };
        self.last
    }
}

/// Names and their numbers, in the order in which they came.
#[derive(Debug, Default)]
pub struct Names {
    number: HashMap<String, u32>,
}

impl Names {
    /// How many different names there are.
    pub fn len(&self) -> usize {
        self.number.len()
    }

    /// Whether there is none yet.
    pub fn is_empty(&self) -> bool {
        self.number.is_empty()
    }

    /// The name's number; a new one gets the next.
    pub fn number(&mut self, name: &str) -> u32 {
        match self.number.get(name) {
            Some(i) => *i,
            None => {
                let i = self.number.len() as u32;
                self.number.insert(name.to_string(), i);
                i
            }
        }
    }

    /// The names by their numbers.
    pub fn by_number(&self) -> Vec<&str> {
        let mut names = vec![""; self.len()];
        for (name, i) in &self.number {
            names[*i as usize] = name;
        }
        names
    }

    /// The names that pass, sorted, and for each number its place there.
    pub fn sorted(self, pass: impl Fn(u32) -> bool) -> (Vec<String>, Vec<Option<usize>>) {
        let mut places = vec![None; self.len()];
        let mut names: Vec<(String, u32)> = self.number.into_iter().collect();
        names.retain(|(_, i)| pass(*i));
        names.sort();
        for (place, (_, i)) in names.iter().enumerate() {
            places[*i as usize] = Some(place);
        }
        (names.into_iter().map(|(name, _)| name).collect(), places)
    }
}
