//! Amounts as they are read.

/// 48,210.
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if n < 0 { format!("-{out}") } else { out }
}

/// 48,210; 98.4; nothing for what there is none of.
pub fn number(n: f64) -> String {
    match n {
        n if n.is_nan() => String::new(),
        n if n.fract() == 0.0 => grouped(n as i64),
        n => format!("{n:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_they_are_read() {
        for (n, said) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (48_210, "48,210"), (-1_234_567, "-1,234,567")]
        {
            assert_eq!(grouped(n), said);
        }
        assert_eq!((number(98.4), number(3.0), number(f64::NAN)), ("98.4".into(), "3".into(), String::new()));
    }
}
