//! Matrices in a router file: sizes and base64 of little-endian numbers, at
//! full precision. Reading one checks that the sizes and the bytes agree and
//! that every number is finite, and takes memory in proportion to the file.

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use ndarray::{Array1, Array2};
use rb_record::error::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
struct Wire {
    rows: u64,
    columns: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    f32: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    f64: Option<String>,
}

/// A matrix of f32 in a router file.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed32(pub Array2<f32>);

/// A matrix of f64 in a router file.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed64(pub Array2<f64>);

fn decode<const B: usize, T>(
    wire: &Wire,
    text: Option<&String>,
    number: fn([u8; B]) -> T,
) -> std::result::Result<Array2<T>, String> {
    let text = text.ok_or_else(|| format!("the matrix holds no f{}", B * 8))?;
    let bytes = STANDARD
        .decode(text)
        .map_err(|e| format!("a matrix is not base64: {e}"))?;
    let wanted = wire
        .rows
        .checked_mul(wire.columns)
        .and_then(|n| n.checked_mul(B as u64));
    if wanted != Some(bytes.len() as u64) {
        return Err(format!(
            "a matrix of {} × {} numbers holds {} bytes",
            wire.rows,
            wire.columns,
            bytes.len()
        ));
    }
    let numbers = bytes
        .chunks_exact(B)
        .map(|c| {
            let mut b = [0; B];
            b.copy_from_slice(c);
            number(b)
        })
        .collect();
    let rows = usize::try_from(wire.rows).map_err(|e| e.to_string())?;
    let columns = usize::try_from(wire.columns).map_err(|e| e.to_string())?;
    Array2::from_shape_vec((rows, columns), numbers).map_err(|e| e.to_string())
}

macro_rules! packed {
    ($packed:ident, $number:ty, $field:ident, $f32:expr, $f64:expr) => {
        impl Serialize for $packed {
            fn serialize<S: Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
                let bytes: Vec<u8> = self.0.iter().flat_map(|v| v.to_le_bytes()).collect();
                let text = STANDARD.encode(bytes);
                Wire {
                    rows: self.0.nrows() as u64,
                    columns: self.0.ncols() as u64,
                    f32: $f32(&text),
                    f64: $f64(&text),
                }
                .serialize(s)
            }
        }
        impl<'de> Deserialize<'de> for $packed {
            fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
                let wire = Wire::deserialize(d)?;
                decode(&wire, wire.$field.as_ref(), <$number>::from_le_bytes)
                    .map($packed)
                    .map_err(serde::de::Error::custom)
            }
        }
        impl $packed {
            /// A vector as a matrix of one row.
            pub fn from_row(row: Vec<$number>) -> $packed {
                let n = row.len();
                $packed(Array2::from_shape_vec((1, n), row).unwrap_or_else(|_| Array2::zeros((1, 0))))
            }
            /// Refuses sizes that do not agree and numbers that are not finite.
            pub fn check(&self, what: &str, rows: usize, columns: usize) -> Result<()> {
                if self.0.dim() != (rows, columns) {
                    return Err(Error::router_file(format!(
                        "{what} is {} × {}, expected {rows} × {columns}; fit and save the router again",
                        self.0.nrows(),
                        self.0.ncols()
                    )));
                }
                match self.0.iter().all(|v| v.is_finite()) {
                    true => Ok(()),
                    false => Err(Error::router_file(format!(
                        "{what} holds a number that is not finite; fit and save the router again"
                    ))),
                }
            }
            /// The first row, of a vector stored as a matrix of one row.
            pub fn row(&self) -> Array1<$number> {
                match self.0.nrows() {
                    0 => Array1::zeros(0),
                    _ => self.0.row(0).to_owned(),
                }
            }
        }
    };
}

packed!(Packed32, f32, f32, |t: &str| Some(t.to_string()), |_| None);
packed!(Packed64, f64, f64, |_| None, |t: &str| Some(t.to_string()));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_comes_back_to_the_last_bit() {
        let m = Packed64(ndarray::array![[0.1, -1e-300], [f64::MIN_POSITIVE, 3.0]]);
        let text = serde_json::to_string(&m).unwrap();
        assert_eq!(serde_json::from_str::<Packed64>(&text).unwrap(), m);
    }

    #[test]
    fn sizes_that_overflow_or_disagree_are_refused() {
        for text in [
            r#"{"rows":4611686018427387904,"columns":4,"f32":""}"#,
            r#"{"rows":2,"columns":2,"f32":"AAAAAA=="}"#,
            r#"{"rows":1,"columns":1,"f64":"AAAAAA=="}"#,
            r#"{"rows":1,"columns":1,"f32":"!"}"#,
        ] {
            assert!(serde_json::from_str::<Packed32>(text).is_err(), "{text}");
        }
        let nan = Packed32(ndarray::array![[f32::NAN]]);
        assert!(nan.check("x", 1, 1).is_err());
    }
}
