/// One value of one signal at one time, as it enters the store.
///
/// Sixteen bytes: millions of them pass from the decoder to the loader.
package struct Observation: Hashable, Sendable {
  /// What the value is of: the start of a settlement period, or the instant a dispatch level begins.
  package var time: Instant
  /// `flux.market_data_types.id`.
  package var signal: Int32
  /// In the signal's unit. The table's column is `real`, so the nearest `Float` is all there is to keep.
  package var value: Float

  @inlinable @inline(__always)
  package init(time: Instant, signal: Int32, value: Float) {
    self.time = time
    self.signal = signal
    self.value = value
  }
}
