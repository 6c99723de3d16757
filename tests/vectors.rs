//! rb-embed --vectors: embeddings that were made elsewhere.

use crate::workdir::Workdir;
use serde_json::{json, Value};

/// A NumPy file, version 1.0: `descr` names the numbers, `order` says Fortran's or not.
fn npy(descr: &str, order: &str, shape: &str, numbers: &[u8]) -> Vec<u8> {
    let mut header =
        format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [
        &b"\x93NUMPY\x01\x00"[..],
        &length,
        header.as_bytes(),
        numbers,
    ]
    .concat()
}

fn f32s(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn records(ids: &[&str]) -> String {
    let line =
        |id: &&str| json!({"id": id, "prompt": format!("prompt of {id}")}).to_string() + "\n";
    ids.iter().map(line).collect()
}

fn vectors(records: &[Value]) -> Vec<Vec<f64>> {
    let of = |r: &Value| serde_json::from_value(r["embedding"]["vector"].clone()).unwrap();
    records.iter().map(of).collect()
}

#[test]
fn rows_are_of_records_in_order_or_by_id() {
    let w = Workdir::new();
    let numbers = f32s(&[1.5, -2.0, 3.0, 4.0, 0.0, 1.0]);
    w.write("mine.npy", npy("<f4", "False", "(3, 2)", &numbers));
    let flags = ["--vectors", "mine.npy"];
    let inorder = w
        .run("rb-embed", &flags, records(&["a", "b", "c"]))
        .ok()
        .json();
    assert_eq!(vectors(&inorder), [[1.5, -2.0], [3.0, 4.0], [0.0, 1.0]]);
    assert_eq!(inorder[0]["embedding"]["model"], "mine");
    w.write("ids.txt", "a\nb\nc\n");
    let flags = ["--vectors", "mine.npy", "--ids", "ids.txt", "--model", "e5"];
    let by_id = w.run("rb-embed", &flags, records(&["c", "a"])).ok().json();
    assert_eq!(vectors(&by_id), [[0.0, 1.0], [1.5, -2.0]]);
    assert_eq!(by_id[0]["embedding"]["model"], "e5");
    // 64-bit numbers, big end first, and a stream that has other embeddings already.
    let doubles: Vec<u8> = [0.1f64, 7.0].iter().flat_map(|v| v.to_be_bytes()).collect();
    w.write("two.npy", npy(">f8", "False", "(1, 2)", &doubles));
    let embedded = w.run("rb-embed", &[], records(&["a"])).ok().stdout;
    let flags = ["--vectors", "two.npy", "--encoding", "base64"];
    let replaced = w.run("rb-embed", &flags, &embedded).ok().json();
    assert_eq!(
        replaced[0]["embedding"],
        json!({"model": "two", "vector": "zczMPQAA4EA="})
    );
}

/// What a file with these vectors and ids.txt comes to.
fn refused(code: i32, file: Vec<u8>, ids_file: Option<&str>, ids: &[&str], words: &[&str]) {
    let w = Workdir::new();
    w.write("v.npy", file);
    let mut flags = vec!["--vectors", "v.npy", "-o", "out"];
    if let Some(text) = ids_file {
        w.write("ids.txt", text);
        flags.extend(["--ids", "ids.txt"]);
    }
    w.run("rb-embed", &flags, records(ids)).fails(code, words);
    assert!(!w.path("out").exists());
}

const TWO: [f32; 4] = [1.0, 2.0, 3.0, 4.0];

#[test]
fn rows_and_records_that_do_not_belong_together_are_refused() {
    let good = || npy("<f4", "False", "(2, 2)", &f32s(&TWO));
    let too_many = ["2 rows", "more records", "--ids"];
    refused(3, good(), None, &["a", "b", "c"], &too_many);
    refused(4, good(), None, &["a"], &["2 rows for 1 records"]);
    let unknown = ["no row for the id \"z\""];
    refused(3, good(), Some("a\nb"), &["z"], &unknown);
    let twice = ["line 2", "a second time"];
    refused(4, good(), Some("a\na"), &["a"], &twice);
    refused(4, good(), Some("a"), &["a"], &["1 lines for 2 rows"]);
}

#[test]
fn files_that_hold_no_vectors_are_refused() {
    let of = |descr, order, shape, numbers: &[f32]| npy(descr, order, shape, &f32s(numbers));
    let fortran = of("<f4", "True", "(2, 2)", &TWO);
    refused(4, fortran, None, &["a", "b"], &["ascontiguousarray"]);
    let whole = of("<i4", "False", "(2, 2)", &TWO);
    refused(4, whole, None, &["a", "b"], &["astype('float32')"]);
    let flat = of("<f4", "False", "(4,)", &TWO);
    refused(4, flat, None, &["a"], &["shape [4]"]);
    let short = of("<f4", "False", "(3, 2)", &TWO);
    refused(3, short, None, &["a", "b", "c"], &["within row 2"]);
    let odd = of("<f4", "False", "(2, 2)", &[1.0, 2.0, f32::NAN, 4.0]);
    refused(3, odd, None, &["a", "b"], &["NaN in row 1"]);
    let zero = of("<f4", "False", "(2, 2)", &[1.0, 2.0, 0.0, 0.0]);
    refused(3, zero, None, &["a", "b"], &["zeros in row 1"]);
    let text = b"id,v\na,1\n".to_vec();
    refused(4, text, None, &["a"], &["no NumPy file", "numpy.save"]);
}

#[test]
fn embedders_are_listed_by_the_names_that_model_takes() {
    let w = Workdir::new();
    let listed = w.run("rb-embed", &["--list-models"], "").ok();
    let text = String::from_utf8(listed.stdout).unwrap();
    for name in ["static-minilm-256", "all-MiniLM-L6-v2"] {
        assert!(
            text.lines().any(|l| l.starts_with(&format!("{name}\t"))),
            "{text}"
        );
    }
}

fn parquet() -> String {
    let path = crate::workdir::root().join("tests/data/embed/vectors.parquet");
    path.to_str().expect("a path in UTF-8").to_string()
}

/// Rows find their records by the column of ids, whatever the order.
#[test]
fn vectors_of_parquet_go_to_the_record_of_their_id() {
    let w = Workdir::new();
    let file = parquet();
    let embed = |ids: &[&str], args: &[&str]| {
        let args = [&["--vectors", &file], args].concat();
        w.run("rb-embed", &args, records(ids)).ok().json()
    };
    let read = embed(&["c", "a"], &[]);
    assert_eq!(read[0]["embedding"]["model"], "vectors");
    let exact = |row: [f32; 3]| row.map(f64::from).to_vec();
    let single = |rows: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
        let to = |row: Vec<f64>| row.into_iter().map(|v| f64::from(v as f32)).collect();
        rows.into_iter().map(to).collect()
    };
    let wanted = [exact([-3.25, 1e15, 7.0]), exact([0.1, -0.25, 1e-30])];
    assert_eq!(single(vectors(&read)), wanted);
    let other = ["--col-vector", "emb", "--col-id", "id", "--model", "mine"];
    let read = embed(&["b"], &other);
    assert_eq!(vectors(&read), [vec![1.0, 2.0]]);
    assert_eq!(read[0]["embedding"]["model"], "mine");
    let packed = embed(&["b"], &["--encoding", "base64"]);
    assert!(packed[0]["embedding"]["vector"].is_string());
}

#[test]
fn parquet_without_vectors_for_the_records_is_refused() {
    let w = Workdir::new();
    let file = parquet();
    let refuse = |args: &[&str], code: i32, words: &[&str]| {
        let args = [&["--vectors", &file], args].concat();
        let ran = w.run("rb-embed", &args, records(&["a"]));
        assert!(ran.fails(code, words).stdout.is_empty());
    };
    refuse(
        &["--col-vector", "v"],
        2,
        &["no column \"v\"", "--col-vector", "emb"],
    );
    refuse(&["--col-id", "key"], 2, &["no column \"key\"", "--col-id"]);
    refuse(
        &["--col-vector", "uneven"],
        4,
        &["2 numbers in row 1", "1 as in the first"],
    );
    refuse(
        &["--col-vector", "words"],
        3,
        &["a list of texts", "vectors.parquet:1:"],
    );
    refuse(
        &["--col-vector", "gap"],
        3,
        &["missing", "vectors.parquet:2:"],
    );
    refuse(
        &["--col-vector", "zero"],
        4,
        &["nothing but zeros in row 1"],
    );
    refuse(&["--col-id", "twice"], 4, &["\"a\" a second time in row 2"]);
    w.write("ids", "a\nb\nc\n");
    refuse(&["--ids", "ids"], 2, &["--ids", "--col-id"]);
    let ran = w.run("rb-embed", &["--vectors", &file], records(&["z"]));
    ran.fails(3, &["no row for the id \"z\""]);
    let bytes = std::fs::read(&file).expect("the file");
    w.write("cut.parquet", &bytes[..bytes.len() / 2]);
    w.run("rb-embed", &["--vectors", "cut.parquet"], records(&["a"]))
        .fails(3, &["cut.parquet cannot be read as Parquet"]);
}
