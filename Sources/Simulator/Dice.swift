/// Chance that is a pure function of where it is asked: the same seed, day, period and purpose give the same throw.
///
/// Only integer and basic floating point arithmetic, so that every machine throws alike.
struct Dice: Sendable {
  let seed: UInt64

  /// What a throw decides; throws for different purposes are independent of one another.
  enum Purpose: UInt64 {
    case shape, fast, price, oddity, size, form, tail, firstLag, rerunLag, revision, settled, volume, inactive
    case estimate, schedule, token, fault, damage, lively
  }

  /// 64 evenly spread bits, by the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
  func bits(_ day: Int, _ place: Int, _ purpose: Purpose) -> UInt64 {
    var state = mixed(seed &+ 0x9E37_79B9_7F4A_7C15 &* (purpose.rawValue + 1))
    state = mixed(state ^ UInt64(bitPattern: Int64(day)))
    return mixed(state ^ UInt64(bitPattern: Int64(place)) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// 0 to below `count`.
  func number(below count: UInt64, _ day: Int, _ place: Int, _ purpose: Purpose) -> Int {
    Int(bits(day, place, purpose) % count)
  }

  /// 0 to below 1.
  func share(_ day: Int, _ place: Int, _ purpose: Purpose) -> Double {
    Double(bits(day, place, purpose) >> 11) / 9_007_199_254_740_992
  }

  /// True once in `count` throws.
  func once(in count: UInt64, _ day: Int, _ place: Int, _ purpose: Purpose) -> Bool {
    bits(day, place, purpose) % count == 0
  }

  /// -1 to 1, most often near 0: the mean of four even throws.
  func swing(_ day: Int, _ place: Int, _ purpose: Purpose) -> Double {
    let bits = bits(day, place, purpose)
    let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + bits >> 48
    return Double(sum) / (2 * 65_535) - 1
  }

  private func mixed(_ value: UInt64) -> UInt64 {
    var value = value &+ 0x9E37_79B9_7F4A_7C15
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
