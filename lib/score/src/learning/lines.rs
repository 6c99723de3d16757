//! A curve as a record (FORMAT.md).

use crate::learning::curve::Curve;
use crate::learning::points::Family;
use crate::report::line::Object;
use crate::statistics::interval::Interval;
use rb_learn::optimise::power_law::PowerLaw;

/// The `curve` line of a family.
pub fn line(family: &Family, curve: &Curve) -> String {
    let mut out = String::new();
    let values: Vec<f64> = family.sample.values.iter().map(|v| v.value).collect();
    let fit = curve.fit.as_ref().ok();
    let law = fit.map(|f| f.law);
    let mut object = Object::new("curve");
    object
        .put("router", &family.router)
        .put("metric", family.metric)
        .put_json("group", &family.group)
        .put("sizes", &family.sample.sizes)
        .put("seeds", &family.seeds)
        .put("values", &values)
        .put("sd", &family.sd)
        .put("highest", &family.sample.highest)
        .put("resampled", &family.source.map(|s| s.name()));
    let rise = curve.rise.as_ref();
    let mut put = |name: &str, value: Option<f64>, ends: Option<Interval>| {
        object.put(name, &value);
        if let Some(ends) = ends {
            object.put(&format!("{name}_ci"), &ends);
        }
    };
    put(
        "rise",
        rise.map(|r| r.value),
        rise.and_then(|r| r.interval()),
    );
    put("q_max", law.map(|l| l.most), fit.and_then(|f| f.most));
    put("a", law.map(|l| l.a), None);
    put("b", law.map(|l| l.b), fit.and_then(|f| f.b));
    let n99 = law.as_ref().and_then(PowerLaw::n99);
    put("n99", n99, fit.and_then(|f| f.n99));
    object
        .put("extrapolated", &fit.and_then(|f| f.extrapolated))
        .put("bounded", &fit.map(|f| f.bounded))
        .put("at_bound", &curve.bound.is_some())
        .put("why", &curve.fit.as_ref().err());
    object.end(&mut out);
    out
}
