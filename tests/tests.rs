//! End-to-end tests through the real binaries. One file a tool; what holds for
//! every tool is in `stream.rs`, what holds for whole pipelines in
//! `pipeline.rs`. Unit tests beside the code are for the mathematics.

mod needs;
mod scored;
mod workdir;

use rb_embed::transformer::places;

mod blocks;
mod calibration;
mod centroids;
mod corpus;
mod curve;
mod decoder;
mod determinism;
mod documents;
mod embed;
mod embed_onnx;
mod examples;
mod experiments;
mod extend;
mod faults;
mod figures;
mod fine_tune;
mod fit;
mod get;
mod help;
mod import;
mod interrupted;
mod languages;
mod learning;
mod live;
mod memory;
mod merge;
mod metrics;
mod mutation;
mod page;
mod pairs;
mod pareto;
mod partial_fit;
mod pipeline;
mod pool;
mod prices;
mod progress;
mod route;
mod score;
mod score_logs;
mod score_refusals;
mod score_verdicts;
mod seeds;
mod split;
mod stream;
mod tables;
mod vectors;
