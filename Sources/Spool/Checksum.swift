/// CRC-32C (Castagnoli), as iSCSI and ext4 have it. Source: RFC 3720, appendix B.4.
func checksum(_ bytes: [UInt8]) -> UInt32 {
  var rest = UInt32.max
  for byte in bytes { rest = rest >> 8 ^ remainders[Int(UInt8(truncatingIfNeeded: rest) ^ byte)] }
  return ~rest
}

/// What each byte leaves of the polynomial 0x1EDC6F41, its bits reversed.
private let remainders: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ 0x82F6_3B78 }
}
