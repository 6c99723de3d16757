//! The routers NAME@N that make a learning curve.

use std::collections::BTreeMap;

/// NAME and N of a router's name; None: it is not of that form.
pub fn family(name: &str) -> Option<(&str, u64)> {
    let (family, size) = name.rsplit_once('@')?;
    let size = size.parse().ok().filter(|n| *n > 0)?;
    (!family.is_empty()).then_some((family, size))
}

/// The families of `routers` with the places of their members, by size.
pub fn families(routers: &[String]) -> BTreeMap<&str, BTreeMap<u64, usize>> {
    let mut all: BTreeMap<&str, BTreeMap<u64, usize>> = BTreeMap::new();
    for (place, name) in routers.iter().enumerate() {
        if let Some((family, size)) = family(name) {
            all.entry(family).or_default().insert(size, place);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_by_the_number_after_the_last_at() {
        assert_eq!(family("kmeans@400"), Some(("kmeans", 400)));
        assert_eq!(family("a@b@7"), Some(("a@b", 7)));
        for name in ["kmeans", "kmeans@", "@7", "kmeans@x", "kmeans@0"] {
            assert_eq!(family(name), None);
        }
        let few: Vec<String> = ["r@1", "r@2", "s@1", "t"].map(String::from).into();
        assert_eq!(families(&few).len(), 2);
        assert_eq!(families(&few)["r"], BTreeMap::from([(1, 0), (2, 1)]));
    }
}
