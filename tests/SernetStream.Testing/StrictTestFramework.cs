using System.Collections.Concurrent;
using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace SernetStream.Testing;

/// <summary>
/// xunit, and a run of an assembly also fails if a task of it ended with an exception that nobody looked at: the runtime
/// passes over those without a word, and so would the tests. All test projects use it (tests/Directory.Build.props).
/// </summary>
public sealed class StrictTestFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider source, IMessageSink messages)
        : XunitTestFrameworkExecutor(assembly, source, messages)
    {
        // The base class has it so: whoever started it waits for a message, not for a task.
        protected override async void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions)
        {
            using var runner = new Runner(TestAssembly, testCases, DiagnosticMessageSink, executionMessageSink, executionOptions);
            await runner.RunAsync();
        }
    }

    private sealed class Runner(
        ITestAssembly assembly,
        IEnumerable<IXunitTestCase> testCases,
        IMessageSink diagnostics,
        IMessageSink messages,
        ITestFrameworkExecutionOptions options)
        : XunitTestAssemblyRunner(assembly, testCases, diagnostics, messages, options)
    {
        private readonly ConcurrentQueue<Exception> _unobserved = new();

        protected override async Task AfterTestAssemblyStartingAsync()
        {
            await base.AfterTestAssemblyStartingAsync();
            TaskScheduler.UnobservedTaskException += Take;
        }

        protected override async Task BeforeTestAssemblyFinishedAsync()
        {
            // A task is known to be left alone when it is collected.
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            TaskScheduler.UnobservedTaskException -= Take;
            foreach (var exception in _unobserved)
            {
                Aggregator.Add(new InvalidOperationException(
                    $"A task ended with an exception that nobody looked at: {exception.InnerException?.Message}", exception));
                // The runner's console shows no more than the type of what goes wrong here.
                File.AppendAllText(Path.Combine(AppContext.BaseDirectory, "unobserved.txt"), $"{exception}\n\n");
            }

            await base.BeforeTestAssemblyFinishedAsync();
        }

        private void Take(object? sender, UnobservedTaskExceptionEventArgs left) => _unobserved.Enqueue(left.Exception);
    }
}
