//! Responses of every kind, and the letters that they choose.

use super::letter::of;

fn check(cases: &[(&str, &str)]) {
    for (response, want) in cases {
        let got = of(response).map_or("none".to_string(), String::from);
        assert_eq!(got, *want, "{response:?}");
    }
}

#[test]
fn a_letter_alone_is_the_answer() {
    check(&[
        ("B", "B"),
        ("A\n", "A"),
        (" C ", "C"),
        ("A)", "A"),
        ("A.", "A"),
        ("A:", "A"),
        ("(D)", "D"),
        ("D (", "D"),
        ("**B**", "B"),
        ("__B__", "B"),
        ("`C`", "C"),
        ("$A$", "A"),
        ("\"B\"", "B"),
        ("b", "B"),
        ("(c)", "C"),
        ("d.", "D"),
        ("I", "I"),
        ("Z", "Z"),
        ("\\(B\\)", "B"),
    ]);
}

#[test]
fn words_are_no_letters() {
    check(&[
        ("", "none"),
        ("I do", "none"),
        ("I'm", "none"),
        ("I apologize", "none"),
        ("Unfortunately I", "none"),
        ("There is", "none"),
        ("A chart", "none"),
        ("A Tale", "none"),
        ("Dennis", "none"),
        ("13", "none"),
        ("* Jeremy", "none"),
        ("a tap", "none"),
        ("x-ray", "none"),
        ("a T-shirt", "none"),
        ("the U.S. army", "none"),
        ("Let f(A) = 3", "none"),
        ("A's hat", "none"),
        ("so A = 5", "none"),
        ("R&D", "none"),
        ("C++", "none"),
        ("Should I? So do I.", "none"),
        ("The answer is not here", "none"),
        ("The answer is a matter of taste", "none"),
        ("Answer: I think so", "none"),
    ]);
}

#[test]
fn the_last_statement_of_the_answer_counts() {
    check(&[
        ("The answer is B.", "B"),
        ("The correct answer is: (C) a tap", "C"),
        ("The correct answer is **D**.", "D"),
        ("**Answer:** B", "B"),
        ("**Answer: B) a tap**", "B"),
        ("Final Answer\n\nC", "C"),
        ("ANSWER = A", "A"),
        ("The answer would therefore be option (B)", "B"),
        ("the best choice is the letter C", "C"),
        ("Answer: b", "B"),
        ("the answer is (a).", "A"),
        ("the answer is a.", "A"),
        ("So the answer is A because it runs.", "A"),
        ("<answer>B</answer>", "B"),
        ("{\"answer\": \"C\"}", "C"),
        ("{\"reasoning\": \"Not A.\", \"answer\": \"B\"}", "B"),
        ("The answer is \\text{B}.", "B"),
        ("The answer is B. No wait: the answer is C.", "C"),
        ("A) is wrong, so the answer is B", "B"),
        ("B is the correct answer. A and C are too hot.", "B"),
        ("Option C is correct. Option A is no tap.", "C"),
        ("The answer is not A, but the answer is D, not C", "D"),
        ("\u{7b54}\u{6848}\u{ff1a}B", "B"),
        ("Answer\u{ff1a}B", "B"),
        ("Answers: A, B", "B"),
    ]);
}

#[test]
fn a_box_counts_most() {
    check(&[
        (r"The answer is A. \boxed{B}", "B"),
        (r"\boxed{\text{C}}", "C"),
        (r"$\boxed{(D)}$ is A", "D"),
        (r"\boxed{\textbf{(E)}\ 12}", "E"),
        (r"\boxed{b}", "B"),
        (r"\boxed{12} is A", "A"),
        (r"\boxed{Bob} or (C)", "C"),
    ]);
}

#[test]
fn what_explains_a_first_letter_does_not_count() {
    check(&[
        ("B\n\nOption A is too hot and C too cold (D).", "B"),
        ("(B)\nAs (A) is too hot", "B"),
        ("C) a tap. It runs, unlike (A).", "C"),
        ("C. A tap runs", "C"),
        ("**B.** a tap, no (C)", "B"),
    ]);
}

#[test]
fn options_that_are_listed_are_not_chosen() {
    let list = "A) a tap\nB) a dog\nC) a man\n";
    check(&[
        (list, "none"),
        (&format!("{list}So it is (B)."), "B"),
        (&format!("{list}I choose B"), "B"),
        (&format!("{list}The answer is C."), "C"),
        (&format!("- **A.** no\n- **B.** no\n\n{list}D"), "D"),
    ]);
}

#[test]
fn brackets_come_before_bare_letters_and_the_last_before_others() {
    check(&[
        ("Not (A) but (B), vitamin C says", "B"),
        ("I would go with [C].", "C"),
        ("It must be A or B, so I say B", "B"),
        ("I think it is D", "D"),
        ("Plan A", "A"),
        ("\u{9009}B\u{3002}", "B"),
    ]);
}

#[test]
fn no_text_stops_it() {
    for text in [
        "answer is",
        "answer: \u{1f600}B",
        "\\",
        "answer \\",
        "(",
        "A_",
        "\u{e9}",
        "answer is \u{e9}",
    ] {
        of(text);
    }
}
