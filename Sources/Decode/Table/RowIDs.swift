/// Ids for rows that have none, in the form of UUID version 7: they begin with the row's time, so that they lie
/// together where the rows do and compress better than random ones, and cost the server nothing.
///
/// Source of the form: RFC 9562, section 5.7.
struct RowIDs {
  /// Begins anywhere, so that another run's are others.
  private var counter = UInt64.random(in: 0...UInt64.max)

  /// - Parameter time: in microseconds since 1970.
  /// - Returns: the two halves of the next id.
  @inline(__always)
  mutating func next(at time: Int64) -> (high: UInt64, low: UInt64) {
    counter &+= 1
    let milliseconds = UInt64(bitPattern: time / 1_000) & 0xFFFF_FFFF_FFFF
    // Version 7 and the counter's highest bits; variant 2 and the others.
    return (milliseconds &<< 16 | 0x7000 | counter &>> 62, 0x8000_0000_0000_0000 | counter & 0x3FFF_FFFF_FFFF_FFFF)
  }
}
