using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("SernetStream.Inference.Tests")]
