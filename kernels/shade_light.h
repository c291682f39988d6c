/* Light: where it comes from, and what a surface makes of it.
 *
 * Reflection follows the metallic-roughness model: Lambert's diffuse term and a microfacet term with the GGX
 * distribution (Walter et al., "Microfacet models for refraction through rough surfaces", 2007), Hammon's approximation
 * of Smith's joint visibility ("PBR diffuse lighting for GGX+Smith microsurfaces", GDC 2017) and Schlick's Fresnel term
 * ("An inexpensive BRDF model", 1994). Light colours absorb a factor of pi: a white Lambert surface that faces a light
 * of colour 1 has the value 1. */
#ifndef MYR_SHADE_LIGHT_H
#define MYR_SHADE_LIGHT_H

#include "kernels/raster_block.h"
#include "kernels/shade_color.h"

/* ------------------------------------------------------------------------------------------------ lights */

/* A light as the lit points see it. */
typedef struct light_sample {
  vec3 direction; /* unit, towards the light */
  real length;    /* m, to the light; very long for a directional one */
  real spread;    /* radius of the light over its distance */
  real strength;  /* of its colour, before shadows: attenuation and the spot's cone */
} light_sample;
#define DIRECTIONAL_LENGTH 1e30f

KERNEL light_sample sample_light(const myr_light *light, vec3 position) {
  light_sample s;
  if (light->kind == MYR_LIGHT_DIRECTIONAL) {
    s.direction = v3(splat(-light->direction[0]), splat(-light->direction[1]), splat(-light->direction[2]));
    s.length = splat(DIRECTIONAL_LENGTH);
    s.spread = splat(light->radius);
    s.strength = splat(1);
    return s;
  }
  vec3 towards = v3_sub(v3_splat(light->position), position);
  real squared = maximum(v3_dot(towards, towards), splat(1e-12f));
  s.length = square_root(squared);
  const scalar *a = light->attenuation;
  real falloff = maximum(fmadd(splat(a[2]), squared, fmadd(splat(a[1]), s.length, splat(a[0]))), splat(1e-6f));
  real inverse = splat(1) / (s.length * falloff); /* one division for both quotients */
  real inverse_length = falloff * inverse;
  s.strength = s.length * inverse;
  s.direction = v3_scale(towards, inverse_length);
  s.spread = splat(light->radius) * inverse_length;
  if (light->kind == MYR_LIGHT_SPOT) {
    scalar width = light->cone_inner - light->cone_outer;
    real cosine = -v3_dot(s.direction, v3_splat(light->direction));
    scalar steepness = 1 / (width > 1e-6f ? width : 1e-6f); /* a cone without a soft rim has a hard one */
    s.strength = s.strength * smoothstep((cosine - splat(light->cone_outer)) * splat(steepness));
  }
  return s;
}

/* ------------------------------------------------------------------------------------------------ surfaces */

/* What of a surface does not depend on the pixel. */
typedef struct finish {
  scalar metallic, reflectance, roughness;
  scalar alpha;  /* of GGX */
  int shiny;     /* it has highlights and reflections at all */
} finish;

/* Sharper highlights would fall between the pixels of any sensor here, and their arithmetic out of a float's range. */
#define LEAST_ALPHA 0.01f

KERNEL finish finish_of(const myr_surface *surface) {
  finish f;
  f.metallic = surface->metallic;
  f.reflectance = surface->reflectance;
  f.roughness = surface->roughness;
  scalar alpha = surface->roughness * surface->roughness;
  f.alpha = alpha > LEAST_ALPHA ? alpha : LEAST_ALPHA;
  f.shiny = surface->metallic > 0 || surface->reflectance > 0;
  return f;
}

KERNEL real fifth_power(real x) {
  real squared = x * x;
  return squared * squared * x;
}

/* pi times distribution times visibility, where nl, nv > 0 and vl are the cosines between normal, viewer and light.
 * With h = v + l, |h|^2 = 2 + 2 vl =: s and (n.h)^2 = (nv + nl)^2 / s =: m / s:
 *   pi D = alpha^2 / ((n.h)^2 (alpha^2 - 1) + 1)^2 = alpha^2 s^2 / (s - m + alpha^2 m)^2
 *   V    = 1 / (2 mix(2 nl nv, nl + nv, alpha)) */
KERNEL real highlight(real nl, real nv, real vl, scalar alpha) {
  const real smallest = splat(1e-12f); /* against 0/0 at grazing angles */
  real s = fmadd(splat(2), vl, splat(2)), sum = nv + nl, m = sum * sum;
  real alpha_squared = splat(alpha * alpha);
  real spread = fmadd(alpha_squared, m, maximum(s - m, zero()));
  real masking = splat(2) * mix(splat(2) * nl * nv, sum, splat(alpha));
  return alpha_squared * (s * s) / maximum(spread * spread * masking, smallest);
}

/* The factor by which Schlick's term goes from the reflectance at normal incidence to 1: (1 - l.h)^5, l.h = |h| / 2. */
KERNEL real grazing_factor(real vl) {
  real cosine = square_root(maximum(fmadd(splat(0.5f), vl, splat(0.5f)), zero()));
  return fifth_power(maximum(splat(1) - cosine, zero()));
}

/* Light summed over the lights, before the surface's colours come in. */
typedef struct received {
  vec3 diffuse;  /* times the diffuse colour */
  vec3 facing;   /* of the highlights: times the reflectance at normal incidence */
  vec3 grazing;  /* and what is reflected whatever that reflectance */
} received;
KERNEL received received_nothing(void) {
  received r;
  r.diffuse = r.facing = r.grazing = v3_zero();
  return r;
}

/* Adds a light of which the share `strength` arrives. What a dielectric reflects does not become diffuse. */
KERNEL void receive(received *sum, const finish *f, const scalar color[3], vec3 normal, vec3 view, vec3 light, real nl,
                    real strength) {
  real arriving = nl * strength;
  vec3 hue = v3_splat(color);
  if (!f->shiny) {
    sum->diffuse = v3_madd(hue, arriving, sum->diffuse);
    return;
  }
  real vl = v3_dot(view, light), nv = maximum(v3_dot(normal, view), splat(1e-4f));
  real grazing = grazing_factor(vl);
  real reflected = arriving * highlight(nl, nv, vl, f->alpha), at_grazing = reflected * grazing;
  real entering = arriving * fnmadd(splat(1 - f->reflectance), grazing, splat(1 - f->reflectance));
  sum->diffuse = v3_madd(hue, entering, sum->diffuse);
  sum->grazing = v3_madd(hue, at_grazing, sum->grazing);
  sum->facing = v3_madd(hue, reflected - at_grazing, sum->facing);
}

/* The reflectance at normal incidence: the colour for a metal. */
KERNEL vec3 normal_reflectance(const finish *f, vec3 color) {
  real metallic = splat(f->metallic), dielectric = splat(f->reflectance * (1 - f->metallic));
  return v3(fmadd(color.x, metallic, dielectric), fmadd(color.y, metallic, dielectric),
            fmadd(color.z, metallic, dielectric));
}

KERNEL vec3 reflect_received(const received *sum, const finish *f, vec3 color) {
  vec3 diffuse = v3_multiply(v3_scale(color, splat(1 - f->metallic)), sum->diffuse);
  if (!f->shiny) return diffuse;
  return v3_add(diffuse, v3_add(v3_multiply(normal_reflectance(f, color), sum->facing), sum->grazing));
}

/* ------------------------------------------------------------------------------------------------ surroundings */

/* The sky, and the light that it sends to a surface that faces up or down. */
typedef struct surroundings {
  scalar zenith[3], horizon[3], ground[3];
  scalar from_above[3], from_below[3]; /* irradiance over pi, `ambient` included */
  scalar ambient[3];
  scalar sky_light;
} surroundings;

/* How far from the horizon, as a sine, the sky of the gradient blends into the ground. */
#define HORIZON_SOFTNESS 0.02f

/* The colour in the direction whose sine of elevation is z: from horizon to zenith by z (2 - z), from horizon to ground
 * within `softness` of the horizon. */
KERNEL vec3 sky_gradient(const surroundings *s, real z, real softness) {
  real up = clamp(z, zero(), splat(1));
  vec3 above = v3_mix(v3_splat(s->horizon), v3_splat(s->zenith), up * (splat(2) - up));
  real half = splat(0.5f);
  return v3_mix(v3_splat(s->ground), above, smoothstep(fmadd(z, half / softness, half)));
}

/* Over the upper half space the weight z (2 - z) of the zenith has the cosine-weighted mean 5/6. */
KERNEL void surroundings_light(surroundings *s, const scalar ambient[3], scalar sky_light) {
  s->sky_light = sky_light;
  for (int i = 0; i < 3; i++) {
    s->ambient[i] = ambient[i];
    s->from_above[i] = ambient[i] + sky_light * (s->horizon[i] + (s->zenith[i] - s->horizon[i]) * (5.0f / 6.0f));
    s->from_below[i] = ambient[i] + sky_light * s->ground[i];
  }
}

/* Light from everywhere: the sky's by the side that the surface is turned to, and for shiny surfaces its reflection,
 * blurred by the roughness. The reflected share is Schlick's with the grazing end lowered by the roughness (Lagarde,
 * "Adopting a physically based shading model", 2011). */
KERNEL vec3 reflect_surroundings(const surroundings *s, const finish *f, vec3 color, vec3 normal, vec3 view) {
  const real half = splat(0.5f);
  vec3 light = v3_mix(v3_splat(s->from_below), v3_splat(s->from_above), fmadd(normal.z, half, half));
  vec3 diffuse = v3_multiply(v3_scale(color, splat((1 - f->metallic) * (1 - f->reflectance))), light);
  if (!f->shiny) return diffuse;
  real nv = maximum(v3_dot(normal, view), zero());
  real up = fmsub(splat(2) * nv, normal.z, view.z); /* z of the mirrored direction */
  real softness = splat(f->roughness > HORIZON_SOFTNESS ? f->roughness : HORIZON_SOFTNESS);
  vec3 mirrored = v3_madd(sky_gradient(s, up, softness), splat(s->sky_light), v3_splat(s->ambient));
  vec3 facing = normal_reflectance(f, color);
  real grazing = fifth_power(maximum(splat(1) - nv, zero())), smooth = splat(1 - f->roughness);
  vec3 share = v3(fmadd(maximum(smooth - facing.x, zero()), grazing, facing.x),
                  fmadd(maximum(smooth - facing.y, zero()), grazing, facing.y),
                  fmadd(maximum(smooth - facing.z, zero()), grazing, facing.z));
  return v3_add(diffuse, v3_multiply(share, mirrored));
}

#endif
