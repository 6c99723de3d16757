//! What the first objects of a JSON text hold: the names of their members, and
//! how their values begin. A member of an object within has its JSON pointer
//! for a name (`/usage/cost`).

use rb_record::json;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// How many objects are looked at.
pub(crate) const OBJECTS: usize = 64;
/// How deep, and how many members are remembered.
const DEPTH: usize = 4;
const MOST: usize = 1000;

/// The names of members, each with the first byte of a value it has.
pub(crate) type Keys = Vec<(String, u8)>;

/// Adds what one object's text holds. None: it is no object.
pub(crate) fn add(keys: &mut Keys, text: &str) -> Option<()> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if !text.starts_with('{') {
        return None;
    }
    let mut nested = Vec::new();
    for member in json::members(text).ok()? {
        let key = String::from_utf8_lossy(&member.key).into_owned();
        nested.push((pointer("", &key), member.value, 1));
        note(keys, key, member.value);
    }
    let mut at = 0;
    while at < nested.len() {
        let (path, value, depth) = nested[at].clone();
        at += 1;
        if depth >= DEPTH || !value.starts_with('{') || keys.len() >= MOST {
            continue;
        }
        for member in json::members(value).unwrap_or_default() {
            let path = pointer(&path, &String::from_utf8_lossy(&member.key));
            note(keys, path.clone(), member.value);
            nested.push((path, member.value, depth + 1));
        }
    }
    Some(())
}

fn note(keys: &mut Keys, key: String, value: &str) {
    let begins = value.as_bytes().first().copied().unwrap_or(b' ');
    if keys.len() < MOST && !keys.iter().any(|(k, b)| *k == key && *b == begins) {
        keys.push((key, begins));
    }
}

/// The JSON pointer (RFC 6901) of a member of what `path` points to.
pub(crate) fn pointer(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The member that a column's name points to in an object's text, by its
/// name or by its JSON pointer. None: it is not there.
pub(crate) fn resolve<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let Some(path) = name.strip_prefix('/') else {
        return member(text, name);
    };
    if let Some(found) = member(text, name) {
        return Some(found);
    }
    let mut now = text;
    for key in path.split('/') {
        let key = unescaped(key);
        now = match key.parse() {
            Ok(place) if now.starts_with('[') => *json::elements(now).ok()?.get::<usize>(place)?,
            _ => member(now, &key)?,
        };
    }
    Some(now)
}

/// A name as it stands in a JSON pointer.
pub(crate) fn unescaped(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}

fn member<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    if !text.starts_with('{') {
        return None;
    }
    let members = json::members(text).ok()?;
    let found = members.into_iter().find(|m| *m.key == *key.as_bytes());
    found.map(|m| m.value)
}

/// The text of a JSON string. None: it is none, or no valid Unicode.
pub(crate) fn decoded(raw: &str) -> Option<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text>(raw).ok().map(|t| t.0)
}

/// What the first objects of an array's text hold.
pub(crate) fn of_array(text: &str) -> Keys {
    let mut keys = Keys::new();
    let Some(mut rest) = text.trim_start().strip_prefix('[') else {
        return keys;
    };
    for _ in 0..OBJECTS {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let Some(Ok(value)) = values.next() else {
            break;
        };
        add(&mut keys, value.get());
        let end = values.byte_offset();
        let Some(more) = rest[end..].trim_start().strip_prefix(',') else {
            break;
        };
        rest = more;
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_within_have_pointers_that_lead_back() {
        let text = r#"{"a":{"b/c":{"d":1}},"e":"x","/f":2}"#;
        let mut keys = Keys::new();
        add(&mut keys, text).unwrap();
        let names: Vec<&str> = keys.iter().map(|(k, _)| k.as_str()).collect();
        assert_eq!(names, ["a", "e", "/f", "/a/b~1c", "/a/b~1c/d"]);
        assert_eq!(resolve(text, "/a/b~1c/d"), Some("1"));
        assert_eq!(resolve(text, "/f"), Some("2"));
        assert_eq!(resolve(text, "/e"), Some("\"x\""));
        assert_eq!(resolve(text, "/e/x"), None);
    }

    #[test]
    fn an_array_tells_the_union_of_its_first_objects() {
        let keys = of_array(r#" [{"a":1}, {"a":"x","b":null},"#);
        let want = [("a", b'1'), ("a", b'"'), ("b", b'n')];
        assert_eq!(keys, want.map(|(k, b)| (k.to_string(), b)));
        assert!(of_array("[").is_empty());
    }
}
