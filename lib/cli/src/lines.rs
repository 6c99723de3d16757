//! Line mode, for a program that waits for one line for each that it wrote.

use rb_record::error::Result;
use rb_record::record::answers::Answers;
use rb_record::stream::{Input, Line, Output};

/// An answer to each line of `input` at once and in order, an error
/// as [`Answers`] tells it.
pub fn line_by_line(
    tool: &'static str,
    input: Input,
    mut output: Output,
    answer: &mut dyn FnMut(&Line) -> Result<Vec<u8>>,
) -> Result<()> {
    let mut input = input.with_blanks();
    let mut answers = Answers::of(tool);
    let mut any = false;
    while let Some(line) = input.next_line()? {
        any = true;
        output.write_line(&answers.answer(&line, &mut *answer)?)?;
    }
    if !any {
        return Err(rb_record::stream::empty_stream());
    }
    output.finish()?;
    answers.finish()
}
