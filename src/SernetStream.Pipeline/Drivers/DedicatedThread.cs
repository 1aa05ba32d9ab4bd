namespace SernetStream.Pipeline.Drivers;

/// <summary>
/// A thread for work that blocks for as long as it likes. It is not one of the thread pool's, which has only as many as
/// there are cores: a few streams that wait for samples would hold up everything else in the process.
/// </summary>
internal static class DedicatedThread
{
    /// <summary>Runs it there from beginning to end.</summary>
    /// <param name="name">What a debugger calls the thread.</param>
    /// <param name="run">The work.</param>
    /// <returns>Ends when the work does, and as it does; the awaiting code goes on in the thread pool.</returns>
    public static Task Run(string name, Action run)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                run();
                done.SetResult();
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.Start();
        return done.Task;
    }
}
