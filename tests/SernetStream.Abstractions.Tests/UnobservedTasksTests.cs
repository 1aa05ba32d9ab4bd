using System.Runtime.CompilerServices;
using SernetStream.Testing;

namespace SernetStream.Abstractions.Tests;

public class UnobservedTasksTests
{
    private const string Leave = "SERNET_TEST_LEAVE_EXCEPTION";

    /// <summary>Runs in a child process. The filter must select only the test that may leave an exception, not this class.</summary>
    [Theory]
    [InlineData("", 0)]
    [InlineData("yes", 1)]
    public async Task A_run_that_leaves_an_exception_of_a_task_unobserved_fails(string leave, int exitCode)
    {
        var result = await ChildProcess.RunAsync(
            "dotnet",
            [
                typeof(UnobservedTasksTests).Assembly.Location, "-method", $"*.{nameof(May_leave_an_exception)}",
            ],
            new Dictionary<string, string> { [Leave] = leave },
            TimeSpan.FromMinutes(5));
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal(exitCode != 0, (result.Output + result.Errors).Contains("the lamp is broken", StringComparison.Ordinal));
    }

    [Fact]
    public void May_leave_an_exception()
    {
        if (Environment.GetEnvironmentVariable(Leave) is { Length: > 0 })
        {
            LeaveException();
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void LeaveException() => _ = Task.FromException(new InvalidOperationException("the lamp is broken"));
    }
}
