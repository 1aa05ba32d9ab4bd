using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SernetStream.Models;

namespace SernetStream.Soak.Cluster;

/// <summary>
/// Whether the windows of many rooms in one run of the model are faster than one after the other. The built-in models are exported for
/// one window at a time; a batch is made here by changing that number in the file.
/// </summary>
internal static class BatchTrial
{
    private static readonly int[] Batches = [2, 4, 8, 16, 32];

    public static Task RunAsync(double seconds, Report report)
    {
        foreach (var name in ModelCatalog.BuiltIn.Select(card => card.Name))
        {
            var package = ModelCatalog.Open(name);
            using var single = new Runner(package, 1);
            var runners = Batches.Select(batch => new Runner(package, batch)).ToList();
            var (alone, together) = (double.MaxValue, Batches.ToDictionary(batch => batch, _ => double.MaxValue));
            for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began).TotalSeconds < seconds;)
            {
                // By turns, so that what else the machine does meets all of them.
                alone = Math.Min(alone, single.Microseconds());
                foreach (var runner in runners)
                {
                    together[runner.Batch] = Math.Min(together[runner.Batch], runner.Microseconds() / runner.Batch);
                }
            }

            report.Note(string.Create(CultureInfo.InvariantCulture, $"{name}: {alone:0} µs a window alone; in batches of ")
                + string.Join(", ", together.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key}: {one.Value:0} µs ({one.Value / alone:0.00})"))));
            runners.ForEach(runner => runner.Dispose());
        }

        return Task.CompletedTask;
    }

    private sealed class Runner : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly List<NamedOnnxValue> _inputs;

        public Runner(ModelPackage package, int batch)
        {
            Batch = batch;
            var file = (byte[])package.File.Clone();
            var card = package.Card;
            foreach (var tensor in new[] { card.InputName, card.OutputName, card.Adaptation?.InputName, card.Adaptation?.OutputName }.OfType<string>())
            {
                SetBatch(file, tensor, batch);
            }

            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            _session = new InferenceSession(file, options);
            var random = new Random(1);
            _inputs = [.. _session.InputMetadata.Select(input =>
            {
                var values = new float[input.Value.Dimensions.Aggregate(1, (size, dimension) => size * dimension)];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = (float)random.NextDouble();
                }

                return NamedOnnxValue.CreateFromTensor(input.Key, new DenseTensor<float>(values, input.Value.Dimensions));
            })];
        }

        public int Batch { get; }

        public double Microseconds()
        {
            var began = Stopwatch.GetTimestamp();
            using var results = _session.Run(_inputs);
            return Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }

        public void Dispose() => _session.Dispose();

        /// <summary>
        /// Sets the first dimension, 1, of an input or output. In the file its description is the last thing with its name, and the
        /// first dimension in it is the message 08 01 of two bytes.
        /// </summary>
        private static void SetBatch(byte[] file, string tensor, int batch)
        {
            var name = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x0a, (byte)tensor.Length, .. Encoding.UTF8.GetBytes(tensor), 0x12]);
            var dimension = name + file.AsSpan(name).IndexOf((ReadOnlySpan<byte>)[0x0a, 0x02, 0x08, 0x01]);
            file[dimension + 3] = (byte)batch;
        }
    }
}
