@main struct FluxMarket { static func main() {} }
