//! Changing a recipe step by step: bytes inserted anywhere would make something else of every step behind them.

use libfuzzer_sys::fuzzer_mutate;

use crate::recipe::{MAX_STEPS, Recipe, Step};

/// Numbers that follow from the seed (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or(0)
    }
}

/// Changes the first `size` bytes of `data`; gives the new size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut numbers = Numbers(u64::from(seed) << 8 | 1);
    if numbers.below(4) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut recipe = Recipe::read(&data[..size]);
    for _ in 0..=numbers.below(3) {
        change(&mut recipe, &mut numbers);
    }
    let bytes = recipe.bytes();
    let length = bytes.len().min(max_size);
    data[..length].copy_from_slice(&bytes[..length]);
    length
}

fn change(recipe: &mut Recipe, numbers: &mut Numbers) {
    let count = recipe.steps.len();
    let (at, other) = (numbers.below(count), numbers.below(count));
    if count == 0 {
        recipe.steps.push(Step { flags: 2, ..Step::default() });
        return;
    }
    match numbers.below(12) {
        0 if count < MAX_STEPS => recipe.steps.insert(other, recipe.steps[at].clone()),
        1 => {
            recipe.steps.remove(at);
        }
        2 => recipe.steps.swap(at, other),
        3 => recipe.steps.truncate(count - numbers.below(count)),
        4 => [recipe.link, recipe.settings] = [numbers.byte(), numbers.byte()],
        5 => split(recipe, at, numbers),
        6 => {
            let payload = recipe.steps[other].payload.clone();
            recipe.steps[at].payload.extend(payload);
        }
        7 | 8 => {
            let payload = &mut recipe.steps[at].payload;
            let size = payload.len();
            payload.resize(size + 64, 0);
            let room = payload.len();
            let size = fuzzer_mutate(payload, size, room);
            payload.truncate(size);
        }
        _ => number(&mut recipe.steps[at], numbers),
    }
}

/// Makes two segments of one.
fn split(recipe: &mut Recipe, at: usize, numbers: &mut Numbers) {
    let step = &mut recipe.steps[at];
    let rest = step.payload.split_off(numbers.below(step.payload.len()));
    let second = Step { payload: rest, sequence: 0, ..step.clone() };
    recipe.steps.insert(at + 1, second);
}

fn number(step: &mut Step, numbers: &mut Numbers) {
    let value = numbers.byte();
    match numbers.below(7) {
        0 => step.kind = value,
        1 => step.connection = value,
        2 => step.connection ^= 1 << numbers.below(8),
        3 => step.flags = value,
        4 => step.sequence = value.cast_signed() >> numbers.below(8),
        5 => step.acknowledgment = value.cast_signed() >> numbers.below(8),
        _ => step.time = value.cast_signed(),
    }
}
