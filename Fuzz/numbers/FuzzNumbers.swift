import SlowTwins

@testable import Decode

/// Any bytes as a number, with other bytes around it: the same as C's `strtod`, to the last bit.
///
/// A C function because libFuzzer calls it; `data` is valid for `count` bytes while it runs.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let expected = slowNumber(bytes)
  let finite = expected.flatMap { $0.isFinite ? $0 : nil }
  // Whatever stands around it, and nothing.
  let around = [("", ""), ("0123456789.-eE+,", "0123456789.-eE+,"), (":", ",\"settlementPeriod\":"), ("", "}")]
  for (before, after) in around {
    let text = Array(before.utf8) + bytes + Array(after.utf8)
    let start = before.utf8.count
    precondition(NumberScanner.isNumber(text.span, at: start, count: count) == (expected != nil))
    let double = NumberScanner.double(text.span, at: start, count: count)
    precondition(
      double?.bitPattern == finite?.bitPattern, "\(String(describing: double)), not \(String(describing: finite))")
    for scale in [1.0, 2, -0.001, 1e30] {
      let float = NumberScanner.float(text.span, at: start, count: count, scale: scale)
      let wanted = finite.map { Float($0 * scale) }.flatMap { $0.isFinite ? $0 : nil }
      precondition(float == wanted, "\(String(describing: float)), not \(String(describing: wanted))")
    }
  }
  return 0
}
