use super::*;

fn duel(row: usize, winner: usize, loser: usize, weight: f32) -> Duel {
    Duel {
        row,
        winner,
        loser,
        weight,
    }
}

#[test]
fn the_gradient_agrees_with_finite_differences() {
    let sizes = Sizes {
        inputs: 4,
        dim: 5,
        models: 3,
    };
    let mut rng = StdRng::seed_from_u64(4);
    let at = layer::normal(20 + 15 + 5, 0.7, &mut rng);
    let x = Array2::from_shape_vec((3, 4), layer::uniform(12, 1.0, &mut rng)).unwrap();
    let duels = [
        duel(0, 1, 0, 1.0),
        duel(0, 2, 0, 0.5),
        duel(1, 0, 2, 2.0),
        duel(2, 1, 2, 1.0),
    ];
    adam::check_gradient(&at, |at| objective::<true>(sizes, at, x.view(), &duels));
}

#[test]
fn batches_are_whole_queries_of_at_most_64_pairs() {
    let of = |row: usize, n: usize| vec![duel(row, 0, 1, 1.0); n];
    let queries = vec![of(7, 10), of(3, 54), of(9, 1)];
    let (rows, batch, left) = first_batch(&queries);
    assert_eq!(rows, [7, 3]);
    assert_eq!((batch.len(), batch[0].row, batch[63].row), (64, 0, 1));
    let (rows, batch, left) = first_batch(left);
    assert_eq!((rows, batch, left.len()), (vec![9], of(0, 1), 0));
}
