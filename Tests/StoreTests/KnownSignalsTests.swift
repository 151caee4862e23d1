import Foundation
import Market
import Store
import Testing

@Suite struct `Signals as they were last known` {
  @Test func `Come back as they were written, and none where there is no such file`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "known-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let known = KnownSignals(path: folder + "/signals")
    #expect(known.read() == nil)
    let signals = Signal.standard + [Signal(id: 1_001, name: "frequency \"of\" the grid", unit: Unit("Hz/£"))]
    try known.write(signals)
    #expect(known.read() == signals)
    // What is as it was is not written again.
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: known.path)
    try known.write(signals)
    let written = try FileManager.default.attributesOfItem(atPath: known.path)[.modificationDate] as? Date
    #expect(written == Date(timeIntervalSince1970: 0))
    try known.write(Signal.standard)
    #expect(known.read() == Signal.standard)
    try Data("[{".utf8).write(to: URL(fileURLWithPath: known.path))
    #expect(known.read() == nil)
    #expect(throws: (any Error).self) { try KnownSignals(path: folder + "/none/signals").write(signals) }
  }
}
