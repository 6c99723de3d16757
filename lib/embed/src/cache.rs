//! Vectors kept on disk, so that a second run does no model work.
//!
//! One SQLite file in WAL mode: several processes may open, read and write it at
//! once (each waits up to a minute for another). A part of the work is one
//! transaction. Table `vectors`: key, the 128-bit xxh3 of identity, a zero byte
//! and the text; value, the f32 little-endian numbers and a 64-bit xxh3 of key
//! and numbers. A row whose checksum does not hold counts as absent and is
//! written again. Nothing is ever removed: at 384 numbers a text takes 1.7 kB;
//! deleting the file empties the cache.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{params, Connection, ErrorCode, OptionalExtension, TransactionBehavior};
use xxhash_rust::xxh3::{xxh3_64, Xxh3};

use crate::embedder::EmbedError;

/// Changes when rows are laid out differently; the table's name carries it.
const TABLE: &str = "vectors_1";
const PATIENCE: Duration = Duration::from_secs(60);

/// An open cache.
pub struct Cache {
    db: Connection,
    path: PathBuf,
}

impl Cache {
    /// Opens the file, and makes it and its folder if they are not there.
    pub fn open(path: &Path) -> Result<Cache, EmbedError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                EmbedError::Setup(format!(
                    "{}: cannot make the folder of the embedding cache: {error}; set RB_CACHE to another file",
                    folder.display()
                ))
            })?;
        }
        let once = || -> rusqlite::Result<Connection> {
            let db = Connection::open(path)?;
            db.busy_timeout(PATIENCE)?;
            // Pages that hold several vectors whole; only a new file heeds it.
            db.execute_batch("PRAGMA page_size = 16384")?;
            // Losing the last transactions with the power is harmless here.
            db.execute_batch("PRAGMA synchronous = NORMAL")?;
            db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
            db.execute_batch(&format!(
                "CREATE TABLE IF NOT EXISTS {TABLE} (key BLOB PRIMARY KEY, value BLOB NOT NULL)"
            ))?;
            Ok(db)
        };
        // Who turns a new file to WAL already reads it, so SQLite calls it
        // busy at once rather than let two such wait for each other.
        let until = Instant::now() + PATIENCE;
        loop {
            match once() {
                Err(error) if is_busy(&error) && Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(failed(path, error)),
                Ok(db) => {
                    return Ok(Cache {
                        db,
                        path: path.to_owned(),
                    })
                }
            }
        }
    }

    /// The vectors of those texts that are there whole.
    pub fn get(&self, identity: &str, texts: &[&str]) -> Result<Vec<Option<Vec<f32>>>, EmbedError> {
        let read = || -> rusqlite::Result<_> {
            let mut query = self
                .db
                .prepare_cached(&format!("SELECT value FROM {TABLE} WHERE key = ?"))?;
            texts
                .iter()
                .map(|text| {
                    let key = key(identity, text);
                    let value: Option<Vec<u8>> = query
                        .query_row([&key[..]], |row| {
                            Ok(row.get_ref(0)?.as_blob().ok().map(<[u8]>::to_vec))
                        })
                        .optional()?
                        .flatten();
                    Ok(value.and_then(|value| unpacked(&key, &value)))
                })
                .collect()
        };
        read().map_err(|error| failed(&self.path, error))
    }

    /// Stores the vectors of these texts in one transaction.
    pub fn put(
        &mut self,
        identity: &str,
        texts: &[&str],
        vectors: &[Vec<f32>],
    ) -> Result<(), EmbedError> {
        let mut write = || -> rusqlite::Result<()> {
            let transaction = self
                .db
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let mut insert = transaction
                    .prepare_cached(&format!("INSERT OR REPLACE INTO {TABLE} VALUES (?, ?)"))?;
                for (text, vector) in texts.iter().zip(vectors) {
                    let key = key(identity, text);
                    insert.execute(params![&key[..], packed(&key, vector)])?;
                }
            }
            transaction.commit()
        };
        write().map_err(|error| failed(&self.path, error))
    }
}

/// Whether another process held the file.
fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn failed(path: &Path, error: rusqlite::Error) -> EmbedError {
    EmbedError::Setup(format!(
        "{}: the embedding cache cannot be used: {error}; delete that file, set RB_CACHE to another, or go without a cache",
        path.display()
    ))
}

fn key(identity: &str, text: &str) -> [u8; 16] {
    let mut hash = Xxh3::new();
    hash.update(identity.as_bytes());
    hash.update(&[0]);
    hash.update(text.as_bytes());
    hash.digest128().to_be_bytes()
}

fn checksum(key: &[u8; 16], numbers: &[u8]) -> [u8; 8] {
    xxh3_64(&[&key[..], numbers].concat()).to_le_bytes()
}

fn packed(key: &[u8; 16], vector: &[f32]) -> Vec<u8> {
    let mut value: Vec<u8> = vector.iter().flat_map(|v| v.to_le_bytes()).collect();
    value.extend(checksum(key, &value));
    value
}

fn unpacked(key: &[u8; 16], value: &[u8]) -> Option<Vec<f32>> {
    let (numbers, sum) = value.split_last_chunk::<8>()?;
    if *sum != checksum(key, numbers) || numbers.is_empty() || numbers.len() % 4 != 0 {
        return None;
    }
    let numbers = numbers.chunks_exact(4);
    Some(
        numbers
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/cache.sqlite");
        (folder, path)
    }

    #[test]
    fn what_was_put_comes_back_to_the_bit_and_only_under_its_identity() {
        let (_folder, path) = scratch();
        let vectors = vec![vec![0.1, -2.5e-8, f32::MIN_POSITIVE], vec![1.0, 0.0, -0.0]];
        Cache::open(&path)
            .unwrap()
            .put("m 256", &["a", "b"], &vectors)
            .unwrap();
        let cache = Cache::open(&path).unwrap();
        let got = cache.get("m 256", &["b", "c", "a"]).unwrap();
        assert_eq!(got[0].as_ref().unwrap()[2].to_bits(), (-0.0f32).to_bits());
        assert_eq!((&got[1], &got[2]), (&None, &Some(vectors[0].clone())));
        assert_eq!(cache.get("m 512", &["a"]).unwrap(), [None]);
        assert_ne!(key("ab", "c"), key("a", "bc"));
    }

    #[test]
    fn a_damaged_row_is_absent_and_can_be_written_again() {
        let (_folder, path) = scratch();
        let vector = vec![vec![0.6f32, 0.8]];
        let damages = [
            "substr(value, 1, 11)",                            // cut short
            "x''",                                             // empty
            "'text'",                                          // not a blob
            "x'000000000000000000000000000000ff'",             // other bytes
            "(SELECT value FROM vectors_1 WHERE key = x'00')", // another row's
        ];
        for damage in damages {
            let mut cache = Cache::open(&path).unwrap();
            cache.put("m", &["t"], &vector).unwrap();
            let other = packed(&[0; 16], &[1.0, 0.0]);
            let sql = "INSERT OR REPLACE INTO vectors_1 VALUES (x'00', ?)";
            cache.db.execute(sql, [other]).unwrap();
            let sql = format!("UPDATE vectors_1 SET value = {damage} WHERE key <> x'00'");
            assert_eq!(cache.db.execute(&sql, []).unwrap(), 1);
            assert_eq!(cache.get("m", &["t"]).unwrap(), [None], "{damage}");
            cache.put("m", &["t"], &vector).unwrap();
            assert_eq!(cache.get("m", &["t"]).unwrap()[0], Some(vector[0].clone()));
        }
    }

    #[test]
    fn several_writers_share_a_file() {
        let (_folder, path) = scratch();
        let writers: Vec<_> = (0..4)
            .map(|w| {
                let path = path.clone();
                std::thread::spawn(move || {
                    let mut cache = Cache::open(&path).unwrap();
                    for i in 0..50 {
                        cache
                            .put(
                                "m",
                                &[&format!("{w} {i}"), "same"],
                                &[vec![w as f32], vec![7.0]],
                            )
                            .unwrap();
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|w| w.join().unwrap());
        let cache = Cache::open(&path).unwrap();
        assert_eq!(
            cache.get("m", &["3 49", "same"]).unwrap(),
            [Some(vec![3.0]), Some(vec![7.0])]
        );
        let rows: i64 = cache
            .db
            .query_row("SELECT count(*) FROM vectors_1", [], |r| r.get(0))
            .unwrap();
        assert_eq!(rows, 201);
    }

    #[test]
    fn a_new_file_may_be_opened_by_many_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..100 {
            let path = folder.path().join(format!("{round}.sqlite"));
            let together = std::sync::Barrier::new(8);
            std::thread::scope(|s| {
                for _ in 0..8 {
                    s.spawn(|| {
                        together.wait();
                        if let Err(error) = Cache::open(&path) {
                            panic!("round {round}: {error}");
                        }
                    });
                }
            });
        }
    }

    #[test]
    fn a_file_that_is_no_cache_is_refused_with_its_name_and_a_remedy() {
        let (folder, _) = scratch();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "not a database ".repeat(100)).unwrap();
        let error = Cache::open(&path).err().unwrap().to_string();
        assert!(
            error.contains("notes.txt") && error.contains("RB_CACHE"),
            "{error}"
        );
        assert!(Cache::open(folder.path()).is_err());
    }
}
