//! An encoder's weights as a safetensors file: read from a model's folder, written
//! with the configuration and the tokenizer in it, so that one file is all.

use super::config::Config;
use crate::tape;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;

/// The matrices of `config` as a flat vector; names may stand behind "bert.", other
/// tensors (a pooler, a language model's head) are left.
pub(crate) fn read(config: &Config, bytes: &[u8]) -> Result<Vec<f32>, String> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|e| format!("the weights are no safetensors file: {e}"))?;
    let matrices = config.matrices();
    let mut flat = Vec::with_capacity(tape::count(&config.shapes()));
    for (name, (rows, columns)) in matrices {
        let found = file
            .tensor(&name)
            .or_else(|_| file.tensor(&format!("bert.{name}")));
        let Ok(found) = found else {
            return Err(format!(
                "the weights lack {name}, which config.json asks for"
            ));
        };
        let wanted = match rows {
            1 if !name.ends_with("embeddings.weight") => vec![columns],
            _ => vec![rows, columns],
        };
        if found.dtype() != Dtype::F32 || found.shape() != wanted {
            return Err(format!(
                "{name} is {:?} of {:?}, expected F32 of {wanted:?}",
                found.shape(),
                found.dtype()
            ));
        }
        flat.extend(decode(found.data()));
    }
    if flat.iter().all(|v| v.is_finite()) {
        Ok(flat)
    } else {
        Err("the weights hold numbers that are not finite".into())
    }
}

/// The key of the one note: several would be written in any order.
const NOTE: &str = "rb";

/// Tensors with a note beside them as the bytes of a safetensors file.
pub(crate) fn file(tensors: &[(String, Vec<usize>, &[f32])], note: String) -> Vec<u8> {
    let bytes =
        |numbers: &[f32]| -> Vec<u8> { numbers.iter().flat_map(|v| v.to_le_bytes()).collect() };
    let data: Vec<Vec<u8>> = tensors.iter().map(|(_, _, v)| bytes(v)).collect();
    let views = tensors.iter().zip(&data).map(|((name, shape, _), data)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), data);
        (
            name.as_str(),
            view.expect("a tensor has as many numbers as its shape says"),
        )
    });
    safetensors::serialize(views, Some(HashMap::from([(NOTE.into(), note)])))
        .expect("tensors and notes can be written")
}

/// The flat vector of `config` as a safetensors file.
pub(crate) fn write(config: &Config, flat: &[f32], note: String) -> Vec<u8> {
    let mut rest = flat;
    let tensors: Vec<_> = config
        .matrices()
        .into_iter()
        .map(|(name, (rows, columns))| {
            let (part, left) = rest.split_at(rows * columns);
            rest = left;
            let shape = match rows {
                1 if !name.ends_with("embeddings.weight") => vec![columns],
                _ => vec![rows, columns],
            };
            (name, shape, part)
        })
        .collect();
    file(&tensors, note)
}

/// The note of a file that this crate wrote.
pub(crate) fn note(bytes: &[u8]) -> Result<String, String> {
    let (_, header) =
        SafeTensors::read_metadata(bytes).map_err(|e| format!("no safetensors file: {e}"))?;
    let notes = header.metadata().as_ref();
    let note = notes.and_then(|notes| notes.get(NOTE)).cloned();
    note.ok_or_else(|| "the safetensors file was not written by rb-fit".into())
}

/// The numbers of the tensor `name` of f32.
pub(crate) fn numbers(file: &SafeTensors, name: &str) -> Result<Vec<f32>, String> {
    match file.tensor(name) {
        Ok(found) if found.dtype() == Dtype::F32 => Ok(decode(found.data())),
        Ok(found) => Err(format!("{name} is of {:?}, expected F32", found.dtype())),
        Err(e) => Err(format!("{name} cannot be read: {e}")),
    }
}

fn decode(bytes: &[u8]) -> Vec<f32> {
    let numbers = bytes.chunks_exact(4);
    numbers
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}
