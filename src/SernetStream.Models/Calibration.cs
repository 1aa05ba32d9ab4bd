namespace SernetStream.Models;

/// <summary>
/// Temperature scaling (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017): softmax(z/T).
/// </summary>
internal static class Calibration
{
    /// <summary>Turns a model's output into calibrated probabilities, in place.</summary>
    public static void Apply(Span<float> output, OutputKind kind, double temperature)
    {
        if (kind == OutputKind.Probabilities)
        {
            if (temperature == 1)
            {
                return;
            }

            // ln p is a logit up to a constant, which the softmax removes again.
            foreach (ref var value in output)
            {
                value = MathF.Log(Math.Max(value, float.Epsilon));
            }
        }

        var largest = float.NegativeInfinity;
        foreach (var value in output)
        {
            largest = Math.Max(largest, value);
        }

        var sum = 0.0;
        foreach (ref var value in output)
        {
            value = (float)Math.Exp((value - largest) / temperature);
            sum += value;
        }

        foreach (ref var value in output)
        {
            value = (float)(value / sum);
        }
    }
}
