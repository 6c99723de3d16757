//! Pictures of rb-pareto for a paper, read back from their SVG: marks, labels,
//! intervals and figures are those of the records. The records are invented here.

use crate::documents::shell;
use crate::workdir::{demo, root, Workdir};
use std::collections::BTreeSet;

/// An element of SVG: its name, attributes and text.
struct Element {
    name: String,
    attributes: String,
    text: String,
}

impl Element {
    fn get(&self, name: &str) -> Option<&str> {
        let start = self.attributes.find(&format!(" {name}=\""))? + name.len() + 3;
        let rest = &self.attributes[start..];
        Some(&rest[..rest.find('"')?])
    }
    fn number(&self, name: &str) -> f64 {
        let value = self.get(name).unwrap_or_else(|| panic!("no {name}"));
        value.parse().expect("a number")
    }
    fn is(&self, class: &str) -> bool {
        self.get("class") == Some(class)
    }
    /// The corners of a polygon or a line.
    fn points(&self) -> Vec<(f64, f64)> {
        let corner = |pair: &str| {
            let (x, y) = pair.split_once(',').expect("x,y");
            (x.parse().expect("x"), y.parse().expect("y"))
        };
        let all = self.get("points").unwrap_or_default();
        all.split_whitespace().map(corner).collect()
    }
}

fn elements(svg: &str) -> Vec<Element> {
    svg.lines()
        .filter(|l| l.starts_with('<') && !l.starts_with("</"))
        .map(|line| {
            let end = line.find('>').expect("an element ends");
            let inside = &line[1..end];
            let cut = inside.find(' ').unwrap_or(inside.len());
            let text = line[end + 1..].split('<').next().unwrap_or_default();
            Element {
                name: inside[..cut].into(),
                attributes: inside[cut..].into(),
                text: text.into(),
            }
        })
        .collect()
}

const SHARES: [(f64, f64, f64); 3] = [(0.0, 0.001, -0.2), (0.5, 0.002, -0.05), (1.0, 0.004, 0.0)];

/// A router's records in a group: three points, the last of this quality, and a
/// summary with its difference to 0.8.
fn router(name: &str, group: &str, quality: f64) -> String {
    let mut out = String::new();
    for (alpha, cost, less) in SHARES {
        let q = quality + less;
        out += &format!(
            "{{\"type\":\"point\",\"router\":\"{name}\",\"group\":{group},\"alpha\":{alpha},\"n\":500,\"missing\":0,\"unrouted\":0,\"quality\":{q},\"cost\":{cost},\"mix\":{{\"small\":{},\"large\":{alpha}}},\"quality_ci\":[{},{}]}}\n",
            1.0 - alpha, q - 0.02, q + 0.03
        );
    }
    let diff = quality - 0.8;
    out + &format!(
        "{{\"type\":\"summary\",\"router\":\"{name}\",\"group\":{group},\"n\":500,\"verdict_at\":\"alpha 1\",\"diff\":{diff},\"diff_ci\":[{},{}],\"verdict\":\"undecided\",\"aiq\":{}}}\n",
        diff - 0.01, diff + 0.01, quality - 0.1
    )
}

fn models(group: &str) -> String {
    let model = |kind: &str, name: &str, cost: f64, q: f64| {
        format!(
            "{{\"type\":\"baseline\",\"name\":\"{kind}\",\"model\":\"{name}\",\"group\":{group},\"n\":500,\"quality\":{q},\"cost\":{cost},\"quality_ci\":[{},{}]}}\n",
            q - 0.03, q + 0.03
        )
    };
    model("model", "small", 0.0008, 0.6)
        + &model("model", "large", 0.005, 0.8)
        + &model("best-single", "large", 0.005, 0.8)
}

/// Routers `r@1`, `r@2`, … of rising quality, over everything.
fn many(n: usize) -> String {
    let all = (1..=n).map(|i| router(&format!("r@{i}"), "{}", 0.7 + 0.003 * i as f64));
    models("{}") + &all.collect::<String>()
}

/// Routers a, b and c over groups `level 1`, …; a is the best everywhere, c the worst.
fn grouped(groups: usize) -> String {
    let group = |i: usize| {
        let key = format!("{{\"level\":\"{i}\"}}");
        let at = |name: &str, less: f64| router(name, &key, 0.9 - less - 0.01 * i as f64);
        models(&key) + &at("a", 0.0) + &at("b", 0.02) + &at("c", 0.03)
    };
    (1..=groups).map(group).collect()
}

fn drawn(w: &Workdir, input: &str, arguments: &[&str]) -> String {
    let arguments = [&["--svg", "p.svg"], arguments].concat();
    w.run("rb-pareto", &arguments, input).ok();
    String::from_utf8(w.read("p.svg")).unwrap()
}

/// What stands for each router in the legend, without colour and place: the elements
/// between its line and its name.
fn looks(svg: &str) -> Vec<(String, String)> {
    let all = elements(svg);
    let names = all
        .iter()
        .enumerate()
        .filter(|(_, e)| e.name == "text" && e.text.starts_with("r@") && !e.is("label"));
    names
        .map(|(at, name)| {
            let start = (0..at).rev().find(|i| all[*i].name == "text").unwrap();
            // After the text before it comes the line, then the mark.
            let look = all[start + 2..at].iter().map(|e| {
                let points = e.points();
                let first = points.first().copied().unwrap_or_default();
                let moved: Vec<String> = points
                    .iter()
                    .map(|p| format!("{:.0},{:.0}", p.0 - first.0, p.1 - first.1))
                    .collect();
                let hollow = e.get("fill") == Some("#fff");
                let r = e.get("r").unwrap_or_default();
                format!("{} {r} {} {hollow}", e.name, moved.join(" "))
            });
            (name.text.clone(), look.collect::<Vec<_>>().join("; "))
        })
        .collect()
}

#[test]
fn forty_routers_have_forty_marks_without_colour_and_stand_in_natural_order() {
    let svg = drawn(&Workdir::new(), &many(40), &[]);
    let looks = looks(&svg);
    let names: Vec<&str> = looks.iter().map(|l| l.0.as_str()).collect();
    let expected: Vec<String> = (1..=40).map(|i| format!("r@{i}")).collect();
    assert_eq!(names, expected);
    let different: BTreeSet<&str> = looks.iter().map(|l| l.1.as_str()).collect();
    assert_eq!(different.len(), 40, "{different:?}");
    assert!(looks.iter().all(|l| !l.1.is_empty()));
}

#[test]
fn groups_stand_in_natural_order_with_one_legend() {
    let svg = drawn(&Workdir::new(), &grouped(11), &[]);
    let all = elements(&svg);
    let titles = all.iter().filter(|e| e.text.starts_with("level "));
    let titles: Vec<&str> = titles.map(|e| e.text.split(" (").next().unwrap()).collect();
    let expected: Vec<String> = (1..=11).map(|i| format!("level {i}")).collect();
    assert_eq!(titles, expected);
    assert_eq!(all.iter().filter(|e| e.text == "joint frontier").count(), 1);
    assert_eq!(all.iter().filter(|e| e.text == "b").count(), 1);
}

/// A box as wide as the text at least is.
fn boxes(svg: &str) -> Vec<(String, [f64; 4])> {
    let labels = elements(svg);
    let labels = labels
        .iter()
        .filter(|e| e.is("label") && e.get("aria-hidden").is_none());
    let of = |e: &Element| {
        let (x, y, size) = (e.number("x"), e.number("y"), e.number("font-size"));
        let w = 0.45 * size * e.text.chars().count() as f64;
        let x = match e.get("text-anchor") {
            Some("end") => x - w,
            _ => x,
        };
        (e.text.clone(), [x, y - 0.75 * size, x + w, y + 0.1 * size])
    };
    labels.map(of).collect()
}

#[test]
fn no_label_lies_on_another_or_on_a_mark() {
    let w = Workdir::new();
    let fixture = root().join("tests/data/pareto/simulated.ndjson");
    let fixture = std::fs::read_to_string(fixture).unwrap();
    let mut seen = 0;
    for (input, arguments) in [
        (fixture.clone(), &[][..]),
        (fixture, &["--width", "600", "--font-size", "14"]),
        (many(5), &[]),
        (many(40), &["--top", "6"]),
        (grouped(11), &[]),
    ] {
        let svg = drawn(&w, &input, arguments);
        let boxes = boxes(&svg);
        seen += boxes.len();
        for (i, (a, [x0, y0, x1, y1])) in boxes.iter().enumerate() {
            for (b, other) in &boxes[..i] {
                let apart =
                    *x1 <= other[0] || other[2] <= *x0 || *y1 <= other[1] || other[3] <= *y0;
                assert!(apart, "{a} lies on {b}: {arguments:?}");
            }
            // The black marks of models; a router's own mark stands before its name.
            for mark in elements(&svg).iter().filter(|e| e.get("r").is_some()) {
                let (x, y) = (mark.number("cx"), mark.number("cy"));
                let inside = *x0 < x && x < *x1 && *y0 < y && y < *y1;
                assert!(!inside, "{a} lies on a mark: {arguments:?}");
            }
        }
    }
    assert!(seen > 60, "{seen} labels");
}

#[test]
fn bars_are_the_intervals_of_the_records() {
    let input = many(5);
    let svg = drawn(&Workdir::new(), &input, &["--intervals", "bars"]);
    let all = elements(&svg);
    let ticks: Vec<(f64, f64)> = all
        .iter()
        .filter(|e| e.is("tick-y"))
        .map(|e| (e.number("y") - 4.0, e.text.parse().unwrap()))
        .collect();
    let (first, last) = (ticks[0], ticks[ticks.len() - 1]);
    let value = |y: f64| first.1 + (y - first.0) / (last.0 - first.0) * (last.1 - first.1);
    let bars: Vec<(f64, f64)> = all
        .iter()
        .filter(|e| e.is("bar"))
        .map(|e| (value(e.number("y2")), value(e.number("y1"))))
        .collect();
    let mut expected: Vec<(f64, f64)> = Vec::new();
    for line in input.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        if record["name"] == "model" || record["alpha"] == 1.0 {
            let end = |i: usize| 100.0 * record["quality_ci"][i].as_f64().unwrap();
            expected.push((end(0), end(1)));
        }
    }
    assert_eq!(bars.len(), expected.len());
    for (low, high) in expected {
        let near = |b: &&(f64, f64)| (b.0 - low).abs() < 0.05 && (b.1 - high).abs() < 0.05;
        assert!(bars.iter().any(|b| near(&b)), "{low} {high}: {bars:?}");
    }
    let none = drawn(&Workdir::new(), &input, &["--intervals", "none"]);
    assert!(!none.contains("class=\"bar\"") && !none.contains("class=\"band\""));
}

#[test]
fn the_best_are_coloured_and_the_others_grey() {
    let w = Workdir::new();
    let svg = drawn(&w, &many(9), &["--top", "2"]);
    let named = |name: &str| elements(&svg).iter().any(|e| e.text == name);
    assert!(named("r@9") && named("r@8") && !named("r@7"));
    assert!(named("7 other routers"));
    // The note may be broken anywhere.
    let texts: Vec<String> = elements(&svg).into_iter().map(|e| e.text).collect();
    assert!(texts.join(" ").contains("the 2 best of 9 by AIQ"));
    let svg = drawn(&w, &many(9), &["--only", "r@3,r@1"]);
    let named = |name: &str| elements(&svg).iter().any(|e| e.text == name);
    assert!(named("r@1") && named("r@3") && !named("r@9"));
    w.run("rb-pareto", &["--svg", "x.svg", "--only", "r@10"], many(9))
        .fails(2, &["\"r@10\"", "there are r@1, r@2"]);
}

fn figures(svg: &str, class: &str) -> Vec<String> {
    let all = elements(svg);
    let found = all.iter().filter(|e| e.is(class));
    found.map(|e| e.text.clone()).collect()
}

#[test]
fn the_forest_is_sorted_and_tells_the_differences() {
    let svg = drawn(&Workdir::new(), &many(3), &["--plot", "forest"]);
    assert_eq!(figures(&svg, "label"), ["r@3", "r@2", "r@1"]);
    let told = figures(&svg, "figure");
    assert_eq!(told[0], "-9.1 [-10.1, -8.1]");
    assert_eq!(told.len(), 3);
    assert!(svg.contains("less best-single large"));
}

#[test]
fn the_cells_of_a_heat_map_are_the_figures_of_the_records() {
    let w = Workdir::new();
    let svg = drawn(&w, &grouped(10), &["--plot", "heat"]);
    let heads: Vec<String> = (1..=10).map(|i| i.to_string()).collect();
    assert_eq!(figures(&svg, "head"), heads);
    assert_eq!(figures(&svg, "label"), ["a", "b", "c"]);
    let cells = figures(&svg, "cell");
    assert_eq!((cells.len(), cells[0].as_str()), (30, "89.0"));
    assert_eq!((cells[9].as_str(), cells[10].as_str()), ("80.0", "87.0"));
    let svg = drawn(&w, &grouped(10), &["--plot", "gain"]);
    assert_eq!(figures(&svg, "cell")[..2], ["+9.0", "+8.0"]);
}

#[test]
fn mean_ranks_and_the_critical_difference_are_those_of_the_formula() {
    let svg = drawn(&Workdir::new(), &grouped(10), &["--plot", "critical"]);
    assert_eq!(figures(&svg, "label"), ["a 1.00", "b 2.00", "c 3.00"]);
    // 2.343 · √(3·4/(6·10)); χ² = 12·10/12 · (14 − 12) = 20, two degrees of freedom.
    assert!(svg.contains("critical difference 1.05"));
    assert!(svg.contains("Friedman χ² 20.0, p &lt; 0.001"));
    assert_eq!(svg.matches("class=\"clique\"").count(), 2);
}

#[test]
fn shares_fill_the_plane_and_a_learning_curve_has_a_mark_a_size() {
    let w = Workdir::new();
    let svg = drawn(&w, &many(1), &["--plot", "mix"]);
    let all = elements(&svg);
    let areas: Vec<Vec<(f64, f64)>> = all
        .iter()
        .filter(|e| e.get("stroke-width") == Some("0.7"))
        .map(Element::points)
        .collect();
    assert_eq!(areas.len(), 2);
    let area = |corners: &[(f64, f64)]| {
        let next = corners.iter().cycle().skip(1);
        let parts = corners.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1);
        parts.sum::<f64>().abs() / 2.0
    };
    let [small, large] = [area(&areas[0]), area(&areas[1])];
    let xs = areas.iter().flatten().map(|p| p.0);
    let ys = areas.iter().flatten().map(|p| p.1);
    let span = |v: &mut dyn Iterator<Item = f64>| {
        let all: Vec<f64> = v.collect();
        let end = |f: fn(f64, f64) -> f64| all.iter().copied().reduce(f).unwrap();
        end(f64::max) - end(f64::min)
    };
    let whole = span(&mut xs.clone()) * span(&mut ys.clone());
    assert!(((small + large) / whole - 1.0).abs() < 0.01);
    // Shares 1 and 0 up to alpha 0.5, a half each after it.
    assert!((small / whole - 0.75).abs() < 0.01, "{}", small / whole);

    let svg = drawn(&w, &many(12), &["--plot", "curve"]);
    let marks = elements(&svg);
    // One curve, circles, and one in the legend.
    assert_eq!(marks.iter().filter(|e| e.name == "circle").count(), 13);
    assert_eq!(svg.matches("class=\"bar\"").count(), 12);
}

/// One dataset is everything: its plane does not stand there twice.
#[test]
fn a_group_that_is_everything_is_drawn_once() {
    let w = Workdir::new();
    let key = "{\"dataset\":\"one\"}";
    let of = |group: &str| models(group) + &router("a", group, 0.85);
    let svg = drawn(&w, &(of("{}") + &of(key)), &[]);
    assert!(!svg.contains("by group") && !svg.contains("dataset one"));
    let half = of(key).replace("\"n\":500", "\"n\":250");
    let svg = drawn(&w, &(of("{}") + &half), &[]);
    assert!(svg.contains("by group") && svg.contains("dataset one (250 queries)"));
}

#[test]
fn what_the_records_lack_is_refused_with_the_remedy() {
    let w = Workdir::new();
    let bare = "{\"type\":\"point\",\"router\":\"x\",\"group\":{},\"alpha\":1,\"quality\":0.5}\n";
    for (kind, words) in [
        ("forest", "--resamples is not 0"),
        ("mix", "no router has points with a mix"),
        ("heat", "rb-score --by dataset"),
        ("gain", "rb-score --by dataset"),
        ("critical", "mean ranks need 5 or more"),
        ("curve", "--name kmeans@200"),
        ("calibration", "rb-fit kmeans --explain"),
    ] {
        let arguments = ["--svg", "n.svg", "--plot", kind];
        w.run("rb-pareto", &arguments, bare).fails(3, &[words]);
        assert!(!w.path("n.svg").exists(), "{kind}");
    }
    let two = ["--svg", "n.svg", "--plot", "critical"];
    w.run("rb-pareto", &two, grouped(4))
        .fails(3, &["of 4 groups", "5 or more"]);
    let usage = |arguments: &[&str], words: &[&str]| {
        w.run("rb-pareto", arguments, many(9)).fails(2, words);
    };
    usage(&["--top", "3"], &["no picture", "--picture"]);
    usage(&["--svg", "x.png"], &["--picture x.png"]);
    usage(&["--picture", "x.gif"], &[".svg, .png and .pdf"]);
    usage(&["--svg", "x.svg", "--height", "150"], &["--height"]);
    usage(
        &["--svg", "x.svg", "--width", "300", "--font-size", "20"],
        &["--width"],
    );
    usage(
        &["--svg", "x.svg", "--plot", "pie"],
        &["forest", "critical"],
    );
}

#[test]
fn png_and_pdf_have_the_size_that_was_asked_for_and_the_same_bytes_twice() {
    let w = Workdir::new();
    let draw = |file: &str, size: &[&str]| {
        let arguments = [&["--picture", file][..], size].concat();
        w.run("rb-pareto", &arguments, many(5)).ok();
        w.read(file)
    };
    let size = ["--width", "800", "--height", "600", "--font-size", "14"];
    let png = draw("p.png", &size);
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), (800, 600));
    assert!(
        png.len() > 20_000,
        "{} bytes: is anything drawn?",
        png.len()
    );
    assert_eq!(png, draw("again.png", &size));
    let pdf = draw("p.PDF", &size);
    let text = String::from_utf8_lossy(&pdf);
    assert!(text.starts_with("%PDF-") && text.trim_end().ends_with("%%EOF"));
    // 96 pixels are an inch of 72 points.
    assert!(text.contains("/MediaBox [0 0 600 450]"), "{text}");
    // The face is inside, as type and not as outlines.
    assert!(text.contains("/FontFile") && text.contains("/ToUnicode"));
    let odd = many(2).replace("r@1", "路由\\udbfc\\udd23");
    w.run("rb-pareto", &["--picture", "odd.png"], odd)
        .fails(3, &["no font of this system", "fonts-noto"]);
}

#[test]
fn every_command_of_the_document_draws_its_picture() {
    let w = Workdir::new();
    let demo = root().join("tests/data/demo.ndjson.gz");
    std::fs::copy(demo, w.path("demo.ndjson.gz")).unwrap();
    let text = std::fs::read_to_string(root().join("docs/pictures.md")).unwrap();
    let mut pictures = 0;
    for block in text.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let mut script = String::new();
        for line in block.lines() {
            let command = line.strip_prefix("$ ").or(line.strip_prefix("> "));
            script += command.unwrap_or_else(|| panic!("no output is shown: {line}"));
            script.push('\n');
        }
        assert_eq!(shell(&w, &format!("set -e\n{script}")), "");
        let mut words = script.split_whitespace();
        while words.any(|word| word == "--picture") {
            let file = words.next().unwrap();
            assert!(w.path(file).exists(), "{file}");
            pictures += 1;
        }
    }
    assert!(pictures >= 9, "{pictures}");
}

/// What rb-pareto prints to a terminal of so many columns.
fn at_a_terminal(w: &Workdir, columns: usize, arguments: &str) -> String {
    let line = format!("python3 -c \"import pty; pty.spawn(['sh', '-c', 'stty rows 50 cols {columns}; rb-pareto {arguments} in.ndjson'])\"");
    shell(w, &line).replace('\r', "")
}

#[test]
#[cfg_attr(not(has_python3), ignore = "needs python3")]
fn a_table_fits_the_terminal_and_says_what_it_leaves_out() {
    let w = Workdir::new();
    let tools = [
        "rb-embed",
        "rb-fit kmeans --quiet",
        "rb-score --quiet --resamples 200",
    ];
    w.write("in.ndjson", w.pipe(demo(), &tools));
    let plain = shell(&w, "rb-pareto --table in.ndjson");
    let width = |text: &str| text.lines().map(|l| l.chars().count()).max().unwrap();
    assert!(width(&plain) > 90 && !plain.contains("Left out"));
    let narrow = at_a_terminal(&w, 80, "--table");
    assert!(width(&narrow) <= 80, "{narrow}");
    assert!(
        narrow.contains("Left out: for 80 columns macro"),
        "{narrow}"
    );
    assert!(narrow.contains("--wide"), "{narrow}");
    let wide = at_a_terminal(&w, 80, "--table --wide");
    assert_eq!(wide, plain);
    let brief = at_a_terminal(&w, 80, "--brief");
    assert!(
        brief.lines().count() < 20 && brief.contains("kmeans"),
        "{brief}"
    );
    assert!(brief.contains("--brief)") && !brief.contains("Whole curves"));
}
