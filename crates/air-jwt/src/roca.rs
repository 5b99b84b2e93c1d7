//! Detects RSA keys of a flawed generator (ROCA, CVE-2017-15361). Their primes have the form
//! `k * M + (65537^a mod M)`, so the private key can be computed from the public key.

/// Odd prime factors of `M`.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const GENERATOR: u32 = 65_537;

/// Whether the big-endian modulus is a power of 65537 modulo each prime. This holds for every
/// modulus of the flawed generator, and for other moduli with a probability below 2^-27.
pub(crate) fn is_flawed(modulus: &[u8]) -> bool {
    PRIMES
        .iter()
        .all(|prime| is_power(remainder(modulus, *prime), *prime))
}

fn remainder(modulus: &[u8], prime: u32) -> u32 {
    modulus
        .iter()
        .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime)
}

/// Whether `value` is a power of the generator modulo `prime`.
fn is_power(value: u32, prime: u32) -> bool {
    let mut power = 1;
    for _ in 0..prime {
        if power == value {
            return true;
        }
        power = power * (GENERATOR % prime) % prime;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_subgroup_of_the_generator() {
        // 65537 mod 11 is 10, whose powers are 1 and 10.
        let powers: Vec<u32> = (0..11).filter(|value| is_power(*value, 11)).collect();
        assert_eq!(powers, [1, 10]);
        assert_eq!(remainder(&[1, 0, 1], 11), 65_537 % 11);
    }
}
