namespace SernetStream.Testing;

/// <summary>
/// A small model whose network streams, and whose answer shows which frames it has heard (<c>tests/golden/steps/make.py</c>).
/// </summary>
public sealed class StepsModel : IDisposable
{
    /// <summary>Frames of a step.</summary>
    public const int Frames = 8;

    /// <summary>Numbers of a frame.</summary>
    public const int Width = 40;

    private readonly TemporaryFolder _folder = new();

    public StepsModel()
    {
        var made = ChildProcess.RunAsync("/usr/bin/python3", [Repository.PathOf("tests", "golden", "steps", "make.py"), _folder.FullPath])
            .GetAwaiter().GetResult();
        if (made.ExitCode != 0)
        {
            throw new InvalidOperationException(made.Errors);
        }
    }

    /// <summary>The path of its card.</summary>
    public string Card => _folder.PathOf("steps.json");

    /// <summary>What it says when it has heard frames.</summary>
    /// <param name="frames">All since the beginning, row by row; a whole number of steps.</param>
    /// <param name="share">How much of what was added up remains at each step.</param>
    public static float[] Answer(ReadOnlySpan<float> frames, double share = 1)
    {
        var rows = frames.Length / Width;
        var (first, second, count) = (0.0, 0.0, 0.0);
        for (var row = 0; row < rows; row++)
        {
            if (row % Frames == 0)
            {
                (first, second, count) = (first * share, second * share, count * share);
            }

            (first, second, count) = (first + frames[row * Width], second + frames[(row * Width) + 1], count + 1);
        }

        double[] logits =
        [
            first / count, second / count, frames[(rows - 1) * Width], rows > Frames ? frames[(rows - 1 - Frames) * Width] : 0,
        ];
        var all = logits.Sum(logit => Math.Exp(logit / 10));
        return [.. logits.Select(logit => (float)(Math.Exp(logit / 10) / all))];
    }

    public void Dispose() => _folder.Dispose();
}
