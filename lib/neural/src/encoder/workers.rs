//! Jobs shared out among threads, each job on one of them: products within a job are
//! not shared out again, where threads would wait for each other. The results do not
//! depend on the threads.

use crate::threads;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

/// The results of jobs 0..`jobs`, in their order; on as many threads as rayon has
/// here.
pub(crate) fn each<T: Send>(jobs: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    threads::keep_whole();
    let most = rayon::current_num_threads().min(jobs).max(1);
    let next = AtomicUsize::new(0);
    let done = Mutex::new((0..jobs).map(|_| None).collect::<Vec<Option<T>>>());
    let run = || loop {
        let job = next.fetch_add(1, Ordering::Relaxed);
        if job >= jobs {
            break;
        }
        let result = work(job);
        done.lock().expect("no worker panicked")[job] = Some(result);
    };
    std::thread::scope(|scope| {
        for _ in 0..most {
            scope.spawn(|| {
                let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build();
                alone.expect("a thread can be started").install(run);
            });
        }
    });
    let done = done.into_inner().expect("no worker panicked");
    done.into_iter()
        .map(|r| r.expect("every job ran"))
        .collect()
}
