import ArgumentParser

/// What `scripts/benchmark` measures of ours, each job beside the peers in `Benchmarks/peers`.
@main
struct FluxBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flux-benchmark",
    abstract: "Measures parts of flux-market in process; each measurement is one JSON object a line.",
    subcommands: [DecodeBenchmark.self, LatencyBenchmark.self, LoadBenchmark.self, MakeSamples.self])
}
