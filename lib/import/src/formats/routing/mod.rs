//! The published benchmarks of LLM routing, one file a format.

pub(crate) mod adaptor;
pub(crate) mod embedllm;
pub(crate) mod llmrouterbench;
pub(crate) mod routellm;
pub(crate) mod routerarena;
pub(crate) mod routerbench;
pub(crate) mod routerdc;
