//! What the scanner finds is what serde_json finds; all else it leaves alone.

use super::*;
use proptest::prelude::*;
use serde_json::value::RawValue;

fn by_serde(text: &str) -> Option<Vec<(String, String)>> {
    struct All(Vec<(String, String)>);
    impl<'de> serde::Deserialize<'de> for All {
        fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<All, D::Error> {
            struct V;
            impl<'de> serde::de::Visitor<'de> for V {
                type Value = All;
                fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(
                    self,
                    mut map: A,
                ) -> Result<All, A::Error> {
                    let mut all = Vec::new();
                    while let Some((key, raw)) = map.next_entry::<String, &RawValue>()? {
                        all.push((key, raw.get().to_string()));
                    }
                    Ok(All(all))
                }
            }
            d.deserialize_map(V)
        }
    }
    serde_json::from_str::<All>(text).ok().map(|a| a.0)
}

fn found(text: &str) -> Option<Vec<(String, String)>> {
    let own = |m: Member| {
        (
            String::from_utf8_lossy(&m.key).into_owned(),
            m.value.to_string(),
        )
    };
    members(text).map(|m| m.into_iter().map(own).collect())
}

#[test]
fn what_records_are_made_of_is_found_here() {
    for text in [
        "{}",
        " { } ",
        r#"{"a":1,"b":-0.5e-7,"c":[1, 2.25,-3E+4],"d":"é\n\u00e9\"","e":{"f":[{},[],true]}}"#,
        "\t{\"a\" : null , \"b\" :false}\r",
        r#"{"v":[]}"#,
        r#"{"v":[1,[2],"x"]}"#,
    ] {
        assert!(found(text).is_some(), "{text}");
        assert_eq!(found(text), by_serde(text), "{text}");
    }
}

#[test]
fn what_is_wrong_or_unusual_is_left_to_others() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
    for text in [
        "",
        "{",
        "[1]",
        r#"{"a":01}"#,
        r#"{"a":1.}"#,
        r#"{"a":.5}"#,
        r#"{"a":+1}"#,
        r#"{"a":-}"#,
        r#"{"a":1e}"#,
        r#"{"a":NaN}"#,
        r#"{"a":[1,,2]}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[1 2]}"#,
        r#"{"a":[01]}"#,
        r#"{"a":1,}"#,
        r#"{"a" 1}"#,
        r#"{"a":"\x"}"#,
        r#"{"a":"\u12g4"}"#,
        "{\"a\":\"\u{1}\"}",
        "{\"a\u{1}\":1}",
        r#"{"\u0061":1}"#,
        r#"{"a":tru}"#,
        r#"{"a":1} x"#,
        &deep,
    ] {
        assert_eq!(found(text), None, "{text}");
    }
}

#[test]
fn numbers_are_the_nearest() {
    assert_eq!(numbers("[1, -0.25,3e2]"), Some(vec![1.0, -0.25, 300.0]));
    for text in [
        "[]", "[ ]", "[1,]", "[inf]", "[1e99]", "[+1]", "[1_0]", "[\"1\"]", "[1", "1",
    ] {
        assert_eq!(numbers(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_found_is_what_serde_json_finds(
        text in r#"\{("[ab\\u0é]{0,3}" ?: ?(-?[0-9]{1,3}(\.[0-9]{1,3})?([eE][+-]?[0-9])?|\[[-0-9., e]{0,8}\]|"[a\\"nu0]{0,4}"|\{\}|null|\[\[1\], ?true\]),?){0,3}\}"#
    ) {
        if let Some(found) = found(&text) {
            prop_assert_eq!(Some(found), by_serde(&text));
        }
    }

    #[test]
    fn vectors_are_what_serde_json_reads(all in proptest::collection::vec(any::<f32>(), 1..40)) {
        let finite: Vec<f32> = all.into_iter().filter(|v| v.is_finite()).collect();
        let text = serde_json::to_string(&finite).unwrap();
        if !finite.is_empty() {
            prop_assert_eq!(numbers(&text), Some(finite));
        }
    }

    #[test]
    fn numbers_of_any_length_are_rounded_as_serde_json_rounds(
        text in r"\[-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?\]"
    ) {
        let read = serde_json::from_str::<Vec<f32>>(&text).ok();
        if let (Some(read), Some(found)) = (read, numbers(&text)) {
            prop_assert_eq!(read[0].to_bits(), found[0].to_bits());
        }
    }
}
