//! Networks trained by gradients of a tape (candle), for the neural routers. Plain
//! matrices in and out: nobody else knows the tape. What is trained here is
//! evaluated by the products of rb-learn, whose sums do not depend on how many
//! queries are looked at together.

pub mod aptitude;
pub mod contrast;
pub mod encoder;
#[cfg(test)]
mod figures;
pub mod graph;
pub mod head;
mod loss;
pub mod tape;
mod threads;
pub mod training;
