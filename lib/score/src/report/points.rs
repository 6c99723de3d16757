//! The operating points that metrics speak of, chosen once a router on all
//! queries that the choice may look at, whatever group is reported.

use crate::metric::measure::{ChosenPoints, KEPT, REACHED};
use crate::replay::choose::Chooser;
use crate::replay::rule::{Candidate, Rule};
use crate::replay::Replay;
use crate::report::scoring::Scoring;
use crate::statistics::paired::Rival;

impl Scoring<'_> {
    pub(crate) fn points(&self, chooser: &Chooser, router: usize) -> ChosenPoints {
        let mut points = ChosenPoints::default();
        if let Some(model) = self.asked.relative_to {
            for (share, chosen) in KEPT.into_iter().zip(&mut points.kept) {
                // Not below a share of the model's quality, as cheap as can be.
                let merit = |c: &Candidate| Rule::BestSingle.merit(c, None, self.config.margin);
                *chosen = chooser.choose(router, Some(Rival { model, share }), merit);
            }
        }
        if let Some((strong, weak)) = self.asked.strong.zip(self.asked.weak) {
            for (share, chosen) in REACHED.into_iter().zip(&mut points.reached) {
                let between = |replay: &Replay, q: usize| {
                    let outcomes = &replay.facts.scored.outcomes;
                    let (high, low) = (outcomes.score(q, strong)?, outcomes.score(q, weak)?);
                    Some(low + share * (high - low))
                };
                let merit = |c: &Candidate| {
                    let fewest = (-c.share_called(strong), c.tally.quality()?);
                    (c.difference?.mean >= 0.0).then_some(fewest)
                };
                *chosen = chooser.choose_beside(router, Some(&between), merit);
            }
        }
        points
    }
}
