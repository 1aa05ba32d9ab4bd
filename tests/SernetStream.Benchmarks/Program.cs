using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using SernetStream.Benchmarks;
using SernetStream.Testing;

// In this process, so that nothing but what was built is measured; ratios to the baseline of the same run are what
// counts on a machine that others use too.
var config = ManualConfig.CreateEmpty()
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(10))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddExporter(MarkdownExporter.Console)
    .AddLogger(ConsoleLogger.Default)
    .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory)
    .WithArtifactsPath(Repository.PathOf("artifacts", "benchmarks"))
    .WithOptions(ConfigOptions.JoinSummary | ConfigOptions.DisableLogFile);
var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
    .Run(args.Length > 0 ? args : ["--filter", "*"], config);
await Ratios.PrintAsync(summaries);
